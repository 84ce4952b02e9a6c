"""The page about performance, written from a report: figures, ratios, and what stands behind them."""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from versus.building import TRAINED
from versus.contestants import CONTESTANTS, OURS
from versus.figures import Report, spread
from versus.table import shown
from versus.workloads import FIGURES, WORKLOADS

PICTURE: Final = "performance.svg"
Shares: TypeAlias = Mapping[str, Mapping[str, Mapping[str, float]]]
"""What `make bench-shares` found: for each workload and room its part of the time, and what of it is the kernel's."""
_LIMITS: Final = ("limit", "limit-together")

_HEAD = """\
# Performance

<!-- Written by `make bench-page` from peers.json and shares.json of bench/results. Do not edit. -->

How `palaver serve` compares with what chat servers are usually built on, and with what one core can do at all. All are
driven by the same load client with the same frames: those of the gateway dialect. The server that is measured has a
processor for itself; load client, databases and Redis share another. Contestants take turns (A B C A B C), and every
ratio is one of figures that were taken right after each other: **take the ratios** from this page, and absolute figures
from a run on your own machine.
"""

_TRAINING = (
    "It was [trained](../adr/0024-trained-by-a-server-at-work.md) by short runs of eight of these workloads, as Node.js"
    " compiles by what it has seen."
)

_READING = """\
## How to read it

Each line is the median of all rounds, with the least and the most. *palaver is* 2.00x says that its figure is twice
the peer's; where less is better (durations, memory, processor), 0.50x is the good one. In the picture more is always
better. A figure *for each second of the server's processor* depends less on who else is at work on the machine: on a
busy one it is the one to trust. *One at a time* has one message under way, so that nothing can be gathered;
*saturated* has 32, and frames for one member may leave in one write. Connections are *set up* by servers that have set
up 8,000 before, as Node.js compiles what it runs often; a storm of disconnects is the first one that a server sees.
"""

_SHARES = """\
## Where the time of palaver's processor goes

Samples of `perf` while the compiled server is at work, by the rooms that a message goes through; in parentheses those
of them that were in the kernel. Both are parts of all samples. A sample is for the innermost room that it came through,
with what libraries and the interpreter do for it: *wire* is frames, packets and JSON, *codec* the models of the
documents, *store* SQL, and the commits of SQLite. Of *redis-fan* both instances are looked at together.
"""

_REPRODUCE = """\
## How to reproduce it

On Linux with two processors or more, Node.js 20 or later and a C compiler, with nothing else running:

```sh
make bench ARGS="--all --json bench/results/peers.json"
make bench-shares ARGS="--json bench/results/shares.json"
make bench-page
```

`make bench` without arguments measures one workload of each kind, without *interpreted*, and how connections are set up
against node and stock alone, in about five minutes; `make bench-quick` takes less than one.
`make bench ARGS=--help` lists workloads and peers: `ARGS="--only fan-100 --against node limit --rounds 9"` looks at
one. The packages of Node.js are those of `bench/versus/peers/package-lock.json`, installed at the first run; the load
client and the loop in C are compiled each time.
"""


def page(report: Report, shares: Shares | None = None) -> str:
    """Write the page."""
    parts = [_HEAD, _measured(report), f"![Ratios]({PICTURE})\n", _READING, "## Figures\n"]
    parts += [_workload(report, name) for name in report.workloads]
    parts += [*_missing(report), _who(report), _load_client(report), *([_where(shares)] if shares else []), _REPRODUCE]
    return "\n".join(parts)


def _measured(report: Report) -> str:
    about = report.machine
    loads = [each.load for each in report.workloads.values()]
    rounds = [len(turns) for each in report.workloads.values() for turns in each.rounds.values()]
    python = f"Python {about['python']}"
    if "python_build" in about:
        python += f" ({about['python_build']})"
    anew = (
        ", for each of which everybody was started anew" if all(each.anew for each in report.workloads.values()) else ""
    )
    ours = ""
    # Older reports are of the sources, as they are.
    if "palaver" in about:
        ours = f" palaver is the {about['palaver']} build, *interpreted* the same from its sources."
    if about.get("palaver") == TRAINED:
        ours += f" {_TRAINING}"
    return (
        f"Measured with {python} on {about['processors']} processors, each workload in {_range(rounds)} rounds{anew}."
        f" With nothing else at work the load is below 2; here it was {_range(loads)}.{ours}\n"
    )


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"


def _range(values: list[float] | list[int]) -> str:
    return f"{min(values):g}" if min(values) == max(values) else f"{min(values):g} to {max(values):g}"


def _workload(report: Report, name: str) -> str:
    return "\n".join([*_lines(report, name), ""])


def _lines(report: Report, name: str) -> Iterator[str]:
    workload, outcome = WORKLOADS[name], report.workloads[name]
    yield f"### {workload.title[0].upper()}{workload.title[1:]}"
    yield ""
    heads = []
    for figure in workload.figures:
        told = FIGURES[figure]
        what = f"{workload.unit} {told.title}" if told.unit == "/s" else f"{told.title}, {told.unit}"
        heads.append(f"{what} | palaver is")
    yield f"| `{name}` | {' | '.join(heads)} |"
    yield "|---" + "|---:|---:" * len(workload.figures) + "|"
    for contestant in workload.contestants:
        if contestant in outcome.failures:
            reason, *_ = outcome.failures[contestant].splitlines()
            yield f"| {contestant} | failed: {reason} |{' |' * (2 * len(heads) - 1)}"
        elif contestant in outcome.rounds:
            told = [cells(report, name, contestant, figure) for figure in workload.figures]
            yield f"| {contestant} | {' | '.join(told)} |"


def cells(report: Report, name: str, contestant: str, figure: str) -> str:
    """Write a figure, and what ours is of it, for two columns of a table."""
    values = report.values(name, contestant, figure)
    if not values:
        return " | "
    found = spread(values)
    figures = f"{shown(found.median)} ({shown(found.least)} to {shown(found.most)})"
    against = None if contestant == OURS else report.ratio(name, contestant, figure)
    if against is None:
        return f"{figures} | "
    return f"{figures} | **{against.median:.2f}x** ({against.least:.2f} to {against.most:.2f})"


def _missing(report: Report) -> Iterator[str]:
    """Name the workloads that the report has nothing of."""
    left = [f"- `{name}`: {each.title}" for name, each in WORKLOADS.items() if name not in report.workloads]
    if left:
        yield "\n".join(["### Not measured yet", "", *left, ""])


def _who(report: Report) -> str:
    met = {name for each in report.workloads.values() for name in (*each.rounds, *each.failures)}
    rows = [
        f"| {name} | {each.title} | {each.does} | {each.leaves_out} |"
        for name, each in CONTESTANTS.items()
        if name in met
    ]
    head = [
        "## Who does what",
        "",
        "| name | what it is | what it does with a message | what it leaves out |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def _load_client(report: Report) -> str:
    """Show that it is not the load client that is measured."""
    rows = []
    for name, outcome in report.workloads.items():
        limits = {each: report.values(name, each, "rate") for each in _LIMITS if each in outcome.rounds}
        others = [
            spread(report.values(name, each, "rate")).median
            for each in outcome.rounds
            if each not in _LIMITS and report.values(name, each, "rate")
        ]
        if not any(limits.values()) or not others or "rate" not in WORKLOADS[name].figures:
            continue
        best = max(spread(values).median for values in limits.values())
        ours = report.values(name, OURS, "rate")
        part = _percent(spread(ours).median / best) if ours else ""
        busy = report.values(name, OURS, "client_load")
        used = _percent(spread(busy).median) if busy else ""
        rows.append(
            f"| `{name}` | {shown(max(others))}/s | {shown(best)}/s | {best / max(others):.1f} | {part} | {used} |"
        )
    return "\n".join(
        [
            "## The load client, and what can be done at all",
            "",
            "The load client drives the loop in C, which does nothing, faster than any server: it bounds none.",
            "",
            "| workload | fastest server | loop in C | times | palaver's part | load client's processor |",
            "|---|---:|---:|---:|---:|---:|",
            *rows,
            "",
        ]
    )


def _where(shares: Shares) -> str:
    """Show what the processor's time is for, room by room."""
    rows = []
    for room in next(iter(shares.values())):
        parts = [each[room] for each in shares.values()]
        told = [f"{100 * part['all']:.0f} % ({100 * part['kernel']:.0f} %)" for part in parts]
        rows.append(f"| {room} | {' | '.join(told)} |")
    return "\n".join(
        [
            _SHARES,
            f"| | {' | '.join(f'`{name}`' for name in shares)} |",
            "|---|" + "---:|" * len(shares),
            *rows,
            "",
        ]
    )
