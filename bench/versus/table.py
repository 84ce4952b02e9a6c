"""A report for the terminal: for each workload who did how much, and what ours is of theirs."""

from collections.abc import Iterator

from versus.contestants import OURS
from versus.figures import Report, Spread, spread
from versus.race import Outcome
from versus.workloads import FIGURES, WORKLOADS, Workload


def lines(report: Report, name: str) -> Iterator[str]:
    """Tell of one workload."""
    workload, outcome = WORKLOADS[name], report.workloads[name]
    yield f"{name}: {workload.title}"
    for figure in workload.figures:
        told = FIGURES[figure]
        what = f"{workload.unit} {told.title}" if told.unit == "/s" else f"{told.title}, {told.unit}"
        yield f"  {what}, {'more' if told.more_is_better else 'less'} is better"
        for contestant in _in_order(workload, outcome):
            values = report.values(name, contestant, figure)
            if not values:
                continue
            ours = "" if contestant == OURS else shown_ratio(report.ratio(name, contestant, figure))
            yield f"    {contestant:15} {shown_spread(values):34} {ours}".rstrip()
    for contestant, reason in outcome.failures.items():
        yield f"  {contestant} failed: {reason}"


def _in_order(workload: Workload, outcome: Outcome) -> list[str]:
    return [each for each in workload.contestants if each in outcome.rounds]


def shown_ratio(found: Spread | None) -> str:
    """Say how many times theirs ours is, or nothing."""
    return "" if found is None else f"palaver is {found.median:.2f}x ({found.least:.2f} to {found.most:.2f})"


def shown_spread(values: list[float]) -> str:
    """Write a median with what it lies between."""
    found = spread(values)
    return f"{shown(found.median):>9} ({shown(found.least)} to {shown(found.most)})"


def shown(value: float) -> str:
    """Write a figure with as many digits as mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
