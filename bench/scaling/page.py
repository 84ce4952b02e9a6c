"""The page about growth, written from what was found: what stays as it is, and what grows with what."""

from collections.abc import Iterator, Mapping
from typing import Final

from versus.table import shown
from versus.workloads import MEMORY, PER_CPU, RATE

from palaver_runtime.adapters.sql.receipts import MANY
from scaling.filling import LARGEST
from scaling.history import READS, Waits
from scaling.results import Results, line
from scaling.series import BUSY, CONNECTED, COST, ELSEWHERE, IDLE, IDLE_SECONDS, PARTS, SERIES

_DATABASES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

_HEAD: Final = """\
# Scale

<!-- Written by `make bench-scale-page` from bench/results/scale.json. Do not edit. -->

What `palaver serve` takes where there is ever more of something: messages, members, conversations, instances,
workers. How it compares with other servers is on [another page](performance.md), and how to size a server on [a
third](capacity.md). **Take from this page how things grow**, and absolute figures from a run on your own machine.
"""

_HISTORY: Final = """\
## History

The database is filled with messages as people would have sent them: in turns among some dozen conversations, the
largest of which has {largest:.0%} of all and each other one about a fifth less than the one before it, down to ten
messages. One message in a thousand was edited. One client asks for the largest conversation, and for the next thing
when it has the answer: p50, and p99 behind it, in milliseconds, with all of HTTP or Socket.IO. In bold is how many
times p50 is that of a server whose database stays at the fewest messages, which is asked in turns with it, so that
what else the machine does falls on both. All was in the memory of the machine.
"""

_GROWS: Final = """\
Two things grow, not with the messages but with what became of them. The first page for who was away looks at each
edit and deletion that was made meanwhile, which here is one for every thousand messages that were missed; the pages
after it do not. A count of what is unread beyond {many:,} messages is reckoned: from the messages that there are,
those of the reader and what others have deleted is taken, so it grows with those.
"""

_MESSAGE: Final = """\
## A message

Microseconds of the server's processor for one message, from the frame in which it comes to the last one in which it
goes, with the commit between: on a SQLite that lies in memory, one message under way at a time. Where messages come
together they cost a fraction of it ([performance](performance.md)). Each figure is the median of {rounds} rounds,
with the least and the most. A conversation has 1,000 members at most.
"""

_IDLE: Final = """\
## Idle connections

Nobody says anything. The server pings {connected:,} connections, each of a user of its own, and with every heartbeat it
compares what it knows of their conversations with the database, a SQLite that lies in memory; nobody else is in these
conversations. Milliseconds of the server's processor for each second, over {seconds:.0f} seconds in which it pings each
connection once, and by how much it has grown for each of them.

A heartbeat rests between its pieces, so that it takes about a twentieth of the time at most, or 50 ms of each second:
where it is not done within two seconds, the next one is late ([why](../adr/0023-heartbeat-of-differences.md)). These
figures are of servers that compared with each beat. One on SQLite does so only when something was committed since.
"""

_INSTANCES: Final = """\
## Several instances

The same with instances that share Redis, all on one processor: what it costs that there are more of them. One
instance has no Redis. *Elsewhere* is what all the others take together, their own heartbeats and those of the
connections that they have included.
"""

_WORKERS: Final = """\
## Several workers

`palaver serve --workers N` ([how](../howto/run-several-workers.md)), with clients that connect by WebSocket alone,
which is what several workers on one port take; where clients poll, run an instance for each processor behind a
sticky balancer. This machine has {processors} processors, and **the load client, Redis and the system take a part
of them**: two workers cannot be twice as fast as one here, which has a processor for itself and speaks to no Redis.
With Redis each request is counted there, which is dear for what is cheap otherwise, as a ping. A second worker pays
where there are processors that nobody else wants, which these figures cannot show.
*Processors* is how many the server and its workers have used together, of which no more than {processors} minus the
load client's part could be had.
"""

_REPRODUCE: Final = """\
## How to reproduce it

On Linux with two processors or more and a C compiler, with nothing else running and 20 GB free:

```sh
make bench-scale ARGS="--json bench/results/scale.json"
make bench-scale-page
```

`ARGS="--only history --on sqlite --messages 10000 1000000"` takes a minute or two, `ARGS="--only members"` the
same. Server and client go before all else on the machine while they are measured, where that is allowed. What is
filled lies in a temporary folder, which is removed at the end, also after Ctrl-C.
"""


def page(results: Results) -> str:
    """Write the page."""
    about = results.machine
    measured = (
        f"Measured with Python {about['python']} ({about['python_build']}) on {about['processors']} processors; the"
        " server is the compiled build.\n"
    )
    rounds = {len(each) for points in results.series.values() for each in points.values()}
    parts = [_HEAD, measured, _HISTORY.format(largest=LARGEST)]
    parts += ["\n".join([*_history(_DATABASES[kind], found), ""]) for kind, found in results.history.items()]
    parts += [_GROWS.format(many=MANY), _MESSAGE.format(rounds=" or ".join(map(str, sorted(rounds))))]
    parts += [_costs(results, name) for part in ("members", "conversations") for name in PARTS[part]]
    parts += [
        _IDLE.format(connected=CONNECTED, seconds=IDLE_SECONDS),
        *(_figures(results, name) for name in PARTS["idle"]),
    ]
    parts += [_INSTANCES, *(_costs(results, name) for name in PARTS["instances"])]
    parts += [_WORKERS.format(processors=about["processors"]), *(_figures(results, name) for name in PARTS["workers"])]
    return "\n".join([*parts, _REPRODUCE])


def _history(title: str, found: Mapping[int, Mapping[str, Waits]]) -> Iterator[str]:
    yield f"| {title} | {' | '.join(f'{number:,} messages' for number in found)} |"
    yield "|---" + "|---:" * len(found) + "|"
    for name, read in READS.items():
        waits = [
            f"{shown(each[name].p50)} ({shown(each[name].p99)}), **{each[name].times:.2f}x**" for each in found.values()
        ]
        yield f"| {read.title} | {' | '.join(waits)} |"


def _costs(results: Results, name: str) -> str:
    series, points = SERIES[name], results.series[name]
    costs = results.medians(name, COST)
    fitted = line(costs)
    apart = ELSEWHERE in series.figures
    rows = [
        f"| {number:,} | {_spread([each[COST] for each in rounds])} |"
        + (f" {shown(results.medians(name, ELSEWHERE)[number])} |" if apart else "")
        for number, rounds in points.items()
    ]
    few, many = min(costs), max(costs)
    told = f"{many:,} cost {costs[many] / costs[few]:.2f} times what {few:,} cost{'' if few > 1 else 's'}."
    if series.unit == "members" and not series.flat:
        # From one instance to two there is a step, as one speaks to no Redis, and no line.
        told = f"That is about **{shown(fitted.start)} µs + {shown(fitted.each)} µs for each**."
    return "\n".join(
        [
            f"| {series.title} | µs for a message |" + (" of which elsewhere |" if apart else ""),
            "|---:|---:|" + ("---:|" if apart else ""),
            *rows,
            "",
            told,
            "",
        ]
    )


def _figures(results: Results, name: str) -> str:
    series = SERIES[name]
    heads = {
        RATE: f"{series.unit} each second",
        PER_CPU: "for each second of the server's processor",
        BUSY: "processors",
        IDLE: "ms of the processor for a second",
        MEMORY: "KiB for a connection",
    }
    named = [heads[figure] for figure in series.figures]
    rows = [
        f"| {number:,} | {' | '.join(_spread([each[figure] for each in rounds]) for figure in series.figures)} |"
        for number, rounds in results.series[name].items()
    ]
    return "\n".join([f"| {series.title} | {' | '.join(named)} |", "|---:" + "|---:" * len(named) + "|", *rows, ""])


def _spread(values: list[float]) -> str:
    middle = sorted(values)[len(values) // 2]
    return f"{shown(middle)} ({shown(min(values))} to {shown(max(values))})"
