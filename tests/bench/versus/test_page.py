"""The page about performance says what was measured, and nothing else."""

import json
from pathlib import Path

from versus.building import TRAINED
from versus.figures import Report, read
from versus.page import PICTURE, page
from versus.plot import plot
from versus.workloads import WORKLOADS

ROOT = Path(__file__).parents[3]


def test_the_page_is_what_was_measured() -> None:
    """Page and picture are those of the results that lie beside them: `make bench-page`."""
    results, topics = ROOT / "bench" / "results", ROOT / "docs" / "topics"
    report = read(results / "peers.json")
    assert (topics / "performance.md").read_text() == page(report, json.loads((results / "shares.json").read_text()))
    assert (topics / PICTURE).read_text() == plot(report)


def test_the_results_are_of_enough_rounds() -> None:
    """Ratios of less than five rounds say little. What was not measured is named on the page."""
    report = read(ROOT / "bench" / "results" / "peers.json")
    for outcome in report.workloads.values():
        assert all(len(rounds) >= 5 for name, rounds in outcome.rounds.items() if name not in outcome.failures)
    text = page(report)
    for name in WORKLOADS:
        assert (f"| `{name}` | " in text) == (name in report.workloads)
        assert (f"- `{name}`: " in text) == (name not in report.workloads)


def test_figures_ratios_and_failures_are_told(report: Report) -> None:
    """Each contestant has its line; who failed has the reason in it."""
    text = page(report)
    assert "| palaver | 20,000 (20,000 to 30,000) |  | 40,000 (40,000 to 40,000) |  |" in text
    assert "| node | 10,000 (10,000 to 10,000) | **2.00x** (2.00 to 3.00) |" in text
    assert "| nest | failed: it ended before it was ready | | | |" in text
    assert "| palaver | palaver serve |" in text


def test_what_was_measured_is_told_of_python_and_of_ours(report: Report) -> None:
    """How Python was built, and that ours was compiled; nothing where a report has nothing of it."""
    assert "Measured with Python 3.11.7 on 2 processors" in page(report)
    assert "compiled" not in page(report).partition("![Ratios]")[0]
    report = Report({**report.machine, "python_build": "built by hand", "palaver": "compiled"}, report.workloads)
    assert "Measured with Python 3.11.7 (built by hand) on 2 processors" in page(report)
    assert "palaver is the compiled build, *interpreted* the same from its sources." in page(report)
    assert "rounds. With nothing else at work" in page(report)
    assert "trained" not in page(report)
    trained = Report({**report.machine, "palaver": TRAINED}, report.workloads)
    assert "palaver is the compiled and trained build" in page(trained)
    assert "by short runs of eight of these workloads" in page(trained)
    for each in report.workloads.values():
        each.anew = True
    assert "rounds, for each of which everybody was started anew. With nothing else at work" in page(report)


def test_the_load_client_is_shown_not_to_be_what_is_measured(report: Report) -> None:
    """The loop in C was driven faster than any server, and ours is a part of that."""
    assert "| `fan-100` | 20,000/s | 100,000/s | 5.0 | 20.0 % | 12.0 % |" in page(report)


def test_where_the_time_goes_is_told_where_it_was_looked_at(report: Report) -> None:
    """Of each workload, room by room, with the part of the kernel."""
    found = {"wire": {"all": 0.351, "kernel": 0.11}, "codec": {"all": 0.649, "kernel": 0.0}}
    text = page(report, {"ack-50": found, "fan-100": {**found, "wire": {"all": 1.0, "kernel": 0.5}}})
    assert (
        "| | `ack-50` | `fan-100` |\n|---|---:|---:|\n| wire | 35 % (11 %) | 100 % (50 %) |\n| codec | 65 % (0 %) |"
        in text
    )
    assert "Where the time" not in page(report)
