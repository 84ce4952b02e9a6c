"""The page about growth says what was measured, and nothing else."""

from pathlib import Path

import pytest
from scale import MESSAGES
from scaling.history import READS
from scaling.page import page
from scaling.results import Results, read
from scaling.series import IDLE, SERIES
from surroundings import DATABASES

ROOT = Path(__file__).parents[3]
TIMES = 3.0
"""What no page of history may take longer at the most messages than at the fewest; a scan takes hundreds of times."""
IDLE_MILLISECONDS = 100.0
"""What an idle server may take of each second: a heartbeat takes 50, and one that read all memberships took 260."""


@pytest.fixture(scope="module")
def results() -> Results:
    """Return what was found, as it is committed."""
    return read(ROOT / "bench" / "results" / "scale.json")


def test_the_page_is_what_was_measured(results: Results) -> None:
    """It is that of the results that lie beside it: `make bench-scale-page`."""
    assert (ROOT / "docs" / "topics" / "scale.md").read_text() == page(results)


def test_everything_was_measured(results: Results) -> None:
    """Ten million messages on both databases, each number of each series, and enough rounds."""
    assert tuple(results.history) == DATABASES
    for found in results.history.values():
        assert tuple(found) == MESSAGES
        assert all(set(waits) == set(READS) for waits in found.values())
    assert set(results.series) == set(SERIES)
    for name, series in SERIES.items():
        assert set(results.series[name]) == set(series.points)
        assert all(len(rounds) >= 3 for rounds in results.series[name].values())


@pytest.mark.parametrize("kind", DATABASES)
def test_what_is_to_be_flat_is(results: Results, kind: str) -> None:
    """A page of history takes as long among 10 million messages as among 10 thousand, but for what machines do."""
    found = results.history[kind]
    for name, each in READS.items():
        if each.flat:
            assert found[MESSAGES[-1]][name].times < TIMES, name


def test_a_message_costs_the_same_among_more(results: Results) -> None:
    """However many members are not connected, and whatever other conversations there are."""
    for name, series in SERIES.items():
        if series.flat:
            costs = list(results.medians(name, "microseconds").values())
            assert max(costs) < TIMES * costs[0], name


def test_an_idle_server_leaves_the_processor_alone(results: Results) -> None:
    """In however many conversations those are who are connected."""
    for number, taken in results.medians("idle", IDLE).items():
        assert taken < IDLE_MILLISECONDS, number
