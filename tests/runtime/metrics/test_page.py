"""The reference page of the figures."""

from pathlib import Path

from palaver_runtime.metrics import Metrics
from palaver_runtime.metrics.page import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"


def test_page_is_what_the_figures_say():
    """Who changes a figure has the page written anew: make generate."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_figure_has_its_row():
    """A counter stands there as it is sampled, with its labels and what it tells."""
    rows = [each for each in page().splitlines() if each.startswith("| `")]
    assert len(rows) == len(list(Metrics()))
    assert "| `palaver_refusals_total` | counter | `limit` |" in page()
    assert "| `palaver_delivery_seconds` | histogram, 0.0005 to 10 | `dialect` |" in page()
    assert "| `palaver_outgoing_waiting` | gauge |  | Messages that wait to be committed. |" in page()
