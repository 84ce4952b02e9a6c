"""Ratios are those of rounds that stood next to each other, and reports come back as they went."""

from pathlib import Path

import pytest
from versus.figures import Report, Spread, better, ratio, read, spread, write
from versus.race import Outcome


def test_a_spread_is_a_median_and_its_bounds() -> None:
    """An even number of figures has the middle of two as its median."""
    assert spread([4.0, 1.0, 2.0, 3.0]) == Spread(median=2.5, least=1.0, most=4.0)


def test_a_ratio_is_taken_round_by_round() -> None:
    """A machine that was slow for a round was so for both: the medians of each alone would say 1.5."""
    assert ratio([10.0, 30.0, 300.0], [5.0, 20.0, 100.0]) == Spread(median=2.0, least=1.5, most=3.0)


def test_a_ratio_is_of_rounds_that_both_finished() -> None:
    """Who failed in the second round is compared by the first; what is nothing cannot be divided by."""
    assert ratio([10.0, 30.0], [5.0]) == Spread(2.0, 2.0, 2.0)
    assert ratio([10.0, 30.0], [0.0, 10.0]) == Spread(3.0, 3.0, 3.0)
    with pytest.raises(ValueError, match="no round with figures of both"):
        ratio([10.0], [])


def test_less_is_better_for_durations() -> None:
    """A ratio speaks for us by what it is of."""
    assert better("rate", 1.2)
    assert not better("rate", 0.8)
    assert better("p99", 0.8)
    assert not better("memory", 1.2)


def test_a_report_comes_back_as_it_went(tmp_path: Path) -> None:
    """Figures keep five digits, failures their words."""
    outcome = Outcome(
        {"palaver": [{"rate": 12345.678}], "node": [{"rate": 5000.0}]}, {"nest": "it\nfell"}, 0.6, 1.5, anew=True
    )
    write(Report({"processors": 2}, {"fan-100": outcome}), tmp_path / "report.json")
    found = read(tmp_path / "report.json")
    rounded = {"palaver": [{"rate": 12346.0}], "node": [{"rate": 5000.0}]}
    assert found.workloads == {"fan-100": Outcome(rounded, {"nest": "it\nfell"}, 0.6, 1.5, anew=True)}
    assert found.machine == {"processors": 2}
    assert found.ratio("fan-100", "node", "rate") == spread([12346 / 5000])
    assert found.ratio("fan-100", "nest", "rate") is None


@pytest.mark.parametrize("text", ["[]", "{}", '{"machine": {}, "workloads": {"x": 3}}', "x"])
def test_what_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    """A file of another bench is not taken for one."""
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(ValueError, match=r"no report|Expecting value"):
        read(tmp_path / "report.json")
