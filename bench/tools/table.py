"""A report for the terminal: who took how much, and what ours is of theirs."""

from collections.abc import Iterator

from versus.figures import Report
from versus.table import shown_ratio, shown_spread

from tools.contestants import OURS, TOGETHER
from tools.tasks import FIGURES, TASKS, named, titled


def lines(report: Report, task: str, documents: str) -> Iterator[str]:
    """Tell of a task with some documents."""
    name = named(task, documents)
    outcome = report.workloads[name]
    yield f"{name}: {TASKS[task].title.lower()}, {titled(documents)}"
    for figure in TASKS[task].figures:
        told = FIGURES[figure]
        yield f"  {told.title}, {told.unit}, {'more' if told.more_is_better else 'less'} is better"
        for contestant in (*TASKS[task].contestants, TOGETHER):
            values = report.values(name, contestant, figure)
            if values:
                ours = "" if contestant == OURS else shown_ratio(report.ratio(name, contestant, figure))
                yield f"    {contestant:21} {shown_spread(values):28} {ours}".rstrip()
    for contestant, reason in outcome.failures.items():
        yield f"  {contestant} failed: {reason}"
