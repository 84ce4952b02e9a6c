"""The page about the speed of the commands, written from a report: figures, ratios, and who does what."""

from collections.abc import Iterator
from typing import Final

from versus.figures import Report
from versus.page import cells

from tools.contestants import OURS, TOGETHER
from tools.tasks import FIGURES, TASKS, named

_HEAD: Final = """\
# Speed of the commands

<!-- Written by `make bench-toolchain-page` from bench/results/toolchain.json. Do not edit. -->

How `palaver lint`, `generate`, `docs` and `conform` compare with the nearest tools that do the same work, on the same
documents: those of the gateway dialect, and made ones of so many operations, of which a third are events of clients, a
third events of the server and a third REST endpoints. Figures are those of whole processes, the start of the
interpreter included, memory that of the largest. Contestants take turns (A B C A B C), and every ratio is of figures
that were taken right after each other: **take the ratios** from this page, and absolute figures from a run on your own
machine.
"""

_READING: Final = """\
## How to read it

Each line is the median of all rounds, with the least and the most. *palaver is* 0.25x says that its figure is a quarter
of the peer's, which for all but requests is the good one. Where each peer does a part of what ours does, *together* is
the sum of theirs. Figures *of the processor* depend less on who else is at work on the machine: on a busy one they are
those to trust. Who was not done in time was ended, and has the time in its line in place of figures. No two tools do
the same: the table below each tells what each one does, and leaves out.
"""

_REPRODUCE: Final = """\
## How to reproduce it

With Node.js 20 or later, and nothing else running:

```sh
make bench-toolchain ARGS="--json bench/results/toolchain.json"
make bench-toolchain-page
```

`make bench-toolchain ARGS=--help` lists tasks and peers. Their packages are those of `bench/tools/peers/`, whose
versions are locked, installed at the first run; none runs a script when it is installed, and none needs the network
afterwards.
"""


def page(report: Report) -> str:
    """Write the page."""
    parts = [_HEAD, _measured(report), _READING, *_summary(report)]
    parts += [part for name in TASKS for part in _task(report, name)]
    return "\n".join([*parts, _REPRODUCE])


def _measured(report: Report) -> str:
    about = report.machine
    rounds = sorted({len(turns) for each in report.workloads.values() for turns in each.rounds.values()})
    loads = [each.load for each in report.workloads.values()]
    return (
        f"Measured with Python {about['python']} ({about['python_build']}) and Node.js {about['node']} on"
        f" {about['processors']} processors, in {' to '.join(map(str, rounds))} rounds after one that warms up. With"
        f" nothing else at work the load is below 2; here it was {min(loads):.1f} to {max(loads):.1f}.\n"
    )


def _summary(report: Report) -> Iterator[str]:
    """Say where ours needs more than a peer, by the medians."""
    lost = [line for name in TASKS for workload in _workloads(report, name) for line in _lost(report, name, workload)]
    yield "## Where ours needs more\n"
    yield "\n".join([*(lost or ["Nowhere."]), ""])


def _lost(report: Report, name: str, workload: str) -> Iterator[str]:
    for contestant in (*TASKS[name].contestants, TOGETHER):
        more = [] if contestant == OURS else list(_more(report, name, workload, contestant))
        if more:
            yield f"- `{workload}`, beside {contestant}: {', '.join(more)}"


def _more(report: Report, name: str, workload: str, contestant: str) -> Iterator[str]:
    for figure in TASKS[name].figures:
        found = report.ratio(workload, contestant, figure)
        if not FIGURES[figure].more_is_better and found is not None and found.median > 1:
            yield f"{found.median:.2f}x {FIGURES[figure].title}"


def _task(report: Report, name: str) -> Iterator[str]:
    task = TASKS[name]
    yield f"## {task.title}\n"
    for workload in _workloads(report, name):
        yield "\n".join([*_figures(report, name, workload), ""])
    rows = [f"| {who} | {each.title} | {each.does} | {each.leaves_out} |" for who, each in task.contestants.items()]
    yield "\n".join(["| name | what runs | what it does | what it leaves out |", "|---|---|---|---|", *rows, ""])


def _workloads(report: Report, name: str) -> list[str]:
    """Give what was measured of a task, in the order of the report."""
    return [each for each in report.workloads if each.startswith(named(name, ""))]


def _figures(report: Report, name: str, workload: str) -> Iterator[str]:
    task, outcome = TASKS[name], report.workloads[workload]
    heads = [f"{FIGURES[each].title}, {FIGURES[each].unit} | palaver is" for each in task.figures]
    yield f"| `{workload}` | {' | '.join(heads)} |"
    yield "|---" + "|---:|---:" * len(heads) + "|"
    for contestant in (*task.contestants, TOGETHER):
        if contestant in outcome.failures:
            reason, *_ = outcome.failures[contestant].splitlines()
            yield f"| {contestant} | {reason} |{' |' * (2 * len(heads) - 1)}"
        elif contestant in outcome.rounds:
            figures = [cells(report, workload, contestant, each) for each in task.figures]
            yield f"| {contestant} | {' | '.join(figures)} |"
