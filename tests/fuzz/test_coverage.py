"""Which lines an input reaches."""

import sys

from fuzz.coverage import Coverage, MonitoredCoverage, TracedCoverage, coverage_of


def _steps(number: int) -> str:
    if number > 1:
        return "large"
    return "small"


def test_a_line_is_new_once() -> None:
    """What was reached before is not new; another branch is."""
    coverage = coverage_of(("fuzz/test_coverage.py",))
    with coverage.collecting():
        first = coverage.within(lambda: _steps(0))
        again = coverage.within(lambda: _steps(0))
        other = coverage.within(lambda: _steps(2))
    assert [each[0] for each in (first, again, other)] == ["small", "small", "large"]
    assert first[1] > 0
    assert other[1] > 0
    assert coverage.lines >= first[1] + other[1]


def test_other_files_do_not_count() -> None:
    """Lines of what is not watched are passed over."""
    coverage = coverage_of(("fuzz/nothing.py",))
    with coverage.collecting():
        assert coverage.within(lambda: _steps(0)) == ("small", 0)


def test_the_best_that_this_python_has_is_used() -> None:
    """sys.monitoring where there is one; by sys.settrace not every input is traced."""
    best: type[Coverage] = MonitoredCoverage if hasattr(sys, "monitoring") else TracedCoverage
    assert type(coverage_of(())) is best
    assert TracedCoverage(()).every > MonitoredCoverage(()).every == 1


def test_tracing_leaves_no_trace() -> None:
    """A debugger, or a measurement of coverage, goes on afterwards."""
    before = sys.gettrace()
    TracedCoverage(("fuzz/test_coverage.py",)).within(lambda: _steps(0))
    assert sys.gettrace() is before
