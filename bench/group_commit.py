"""Durable, acknowledged messages in a second: group commit against one transaction for each message.

Both ways go through the same service code to the same store; they take turns in one run, so that what else the
machine does falls on both. Every message is acknowledged after its commit, SQLite with synchronous=FULL, PostgreSQL
with fsync and synchronous_commit on.

    python bench/group_commit.py [--senders 50] [--seconds 3] [--rounds 3] [--json FILE]
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop
from surroundings import DATABASES, database, people, write

from palaver_runtime.adapters.clock import SystemClock
from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.limits import Rate
from palaver_runtime.domain.values import Caller, ConversationType
from palaver_runtime.services.drafts import Draft, Sent, send
from palaver_runtime.services.limits import Limits, Rates
from palaver_runtime.services.messages import MessageService
from palaver_runtime.services.sign_ins import SignInRates

CONTENT = "A message of usual length, as people write them to each other all day long. " * 2
CONVERSATIONS = 10
PLENTY = Rate(10**9, 1)

Send = Callable[[Caller, SendMessage], Awaitable[object]]


@dataclass(frozen=True)
class Figure:
    """What one way did in one round: messages in a second, and how long a sender waited, in milliseconds."""

    rate: float
    p50: float
    p99: float


@dataclass(frozen=True)
class Bench:
    """The services on a store, and who sends where."""

    store: SqlStore
    messages: MessageService
    places: list[tuple[Caller, str]]

    async def alone(self, caller: Caller, command: SendMessage) -> object:
        """Send a message in a transaction of its own."""
        async with self.store.writing() as tx:
            (outcome,) = await send(tx, [Draft(caller.user_id, command, SystemClock().now())])
        if isinstance(outcome, ChatError):
            raise outcome
        assert isinstance(outcome, Sent)
        return outcome.message


@asynccontextmanager
async def bench(url: str, senders: int) -> AsyncIterator[Bench]:
    """Prepare a database: a user for each sender, and conversations that they share."""
    limits = Limits(MemoryLimiter(), Rates(messages=PLENTY, requests=PLENTY, sign_ins=SignInRates(pair=PLENTY)))
    async with AsyncExitStack() as stack:
        ready = await stack.enter_async_context(people(url, senders))
        messages = MessageService(ready.store, ready.publisher, ready.clock, limits, ready.typing)
        stack.push_async_callback(messages.close)
        users, create = ready.users, ready.conversations.create
        command = CreateConversation(type=ConversationType.GROUP, user_ids=tuple(users))
        rooms = [(await create(Caller(user_id=users[0]), command))[0].id for _ in range(CONVERSATIONS)]
        yield Bench(
            ready.store,
            messages,
            [(Caller(user_id=user_id), rooms[place % len(rooms)]) for place, user_id in enumerate(users)],
        )


async def measure(bench: Bench, how: Send, seconds: float) -> Figure:
    """Let everybody send, each the next message when the one before is acknowledged."""
    waits: list[float] = []
    end = time.perf_counter() + seconds

    async def sender(caller: Caller, conversation_id: str) -> None:
        number = 0
        while (before := time.perf_counter()) < end:
            number += 1
            client_id = f"{before} {number}"
            await how(caller, SendMessage(conversation_id=conversation_id, content=CONTENT, client_id=client_id))
            waits.append(time.perf_counter() - before)

    start = time.perf_counter()
    await asyncio.gather(*(sender(*place) for place in bench.places))
    elapsed = time.perf_counter() - start
    cuts = statistics.quantiles(waits, n=100)
    return Figure(rate=len(waits) / elapsed, p50=cuts[49] * 1000, p99=cuts[98] * 1000)


async def run(senders: int, seconds: float, rounds: int) -> dict[str, dict[str, list[Figure]]]:
    """Measure both ways on both databases, in turns."""
    found: dict[str, dict[str, list[Figure]]] = {}
    for name in DATABASES:
        with database(name) as url:
            async with bench(url, senders) as prepared:
                ways: dict[str, Send] = {"alone": prepared.alone, "grouped": prepared.messages.send}
                for how in ways.values():
                    await measure(prepared, how, min(1.0, seconds))
                figures = found.setdefault(name, {way: [] for way in ways})
                for _ in range(rounds):
                    for way, how in ways.items():
                        figures[way].append(await measure(prepared, how, seconds))
    return found


def spread(values: list[float]) -> str:
    """Show a median with what it lies between."""
    return f"{statistics.median(values):8.1f} ({min(values):.1f} to {max(values):.1f})"


def ratios(figures: dict[str, list[Figure]]) -> list[float]:
    """Give how many times more messages were sent together than alone, round by round."""
    return [both.rate / one.rate for one, both in zip(figures["alone"], figures["grouped"], strict=True)]


def lines(found: dict[str, dict[str, list[Figure]]]) -> Iterator[str]:
    """Give the figures as text."""
    for name, figures in found.items():
        for way, rows in figures.items():
            shown = {unit: spread([getattr(each, unit) for each in rows]) for unit in ("rate", "p50", "p99")}
            yield f"{name:10} {way:8} {shown['rate']:32} messages/s   ms: p50 {shown['p50']:26} p99 {shown['p99']}"
        yield f"{name:10} {'ratio':8} {spread(ratios(figures))}"


def main() -> None:
    """Measure, print, and write the figures where they are wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--senders", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = uvloop.run(run(arguments.senders, arguments.seconds, arguments.rounds))
    title = f"{arguments.senders} senders, {arguments.rounds} rounds of {arguments.seconds} s: median (min to max)"
    sys.stdout.write("\n".join([title, *lines(found), ""]))
    if arguments.json:
        report = {
            "senders": arguments.senders,
            "seconds": arguments.seconds,
            "databases": {
                name: {
                    **{way: [asdict(each) for each in rows] for way, rows in figures.items()},
                    "ratio": ratios(figures),
                }
                for name, figures in found.items()
            },
        }
        write(arguments.json, report)


if __name__ == "__main__":
    main()
