"""The way to Redis: order, batches and limits. What faults do to it is shown with the bus."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from palaver_runtime.adapters.redis import outbox as module
from palaver_runtime.adapters.redis.backoff import Backoff
from palaver_runtime.adapters.redis.link import Away, Link
from palaver_runtime.adapters.redis.outbox import OVERHEAD, Outbox
from palaver_runtime.adapters.redis.parcel import seal
from palaver_runtime.adapters.redis.wire import Command, Reply


class ScriptedLink(Link):
    """A link without a Redis: it is connected when asked, and the exchanges in `failing` are without an answer."""

    def __init__(self, *failing: int) -> None:
        super().__init__("redis://127.0.0.1:1", timeout=1)
        self.failing = failing
        self.exchanges: list[list[Command]] = []
        self.began = asyncio.Event()
        self.there = False

    @property
    def connected(self) -> bool:
        """Whether it has been connected and nothing has failed since."""
        return self.there

    async def connect(self) -> None:
        """Be connected."""
        self.there = True

    def ask(
        self,
        commands: Sequence[Command],
        answered: Callable[[list[Reply]], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Remember what was sent."""
        self.exchanges.append(list(commands))
        self.began.set()
        loop = asyncio.get_running_loop()
        if len(self.exchanges) in self.failing:
            self.there = False
            loop.call_soon(failed, Away("it is away"))
        else:
            loop.call_soon(answered, [0 for _ in commands])


def outbox_of(link: Link, *, limit: int = 10_000, backoff: float = 0.0) -> Outbox:
    """An outbox of sender `s`."""
    return Outbox("s", link, limit=limit, backoff=Backoff(backoff))


async def run(outbox: Outbox) -> None:
    """Publish what was put, and stop."""
    task = asyncio.create_task(outbox.run())
    await outbox.drain(5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def command(channel: bytes, number: int, *events: bytes) -> Command:
    """What is sent for one channel: events that follow one another, and the number of the first."""
    return ("PUBLISH", channel, seal("s", number, events))


async def test_everything_waiting_leaves_at_once() -> None:
    """What was put leaves in one exchange, in order, with a command for each channel of each parcel."""
    link = ScriptedLink()
    outbox = outbox_of(link)
    outbox.put([b"a", b"b"], b"1")
    for event in (b"2", b"3", b"4"):
        outbox.put([b"a"], event)
    outbox.put([b"b"], b"5")
    await run(outbox)
    parcels = [
        command(b"a", 1, b"1"),
        command(b"b", 1, b"1"),
        command(b"a", 2, b"2", b"3", b"4"),
        command(b"b", 5, b"5"),
    ]
    assert link.exchanges == [parcels]
    assert (outbox.published, outbox.dropped) == (5, 0)


async def test_unanswered_batch_is_sent_again_before_anything_later() -> None:
    """A batch is repeated until it is answered; what came meanwhile follows it."""
    link = ScriptedLink(1, 2)
    outbox = outbox_of(link)
    outbox.put([b"a"], b"1")
    task = asyncio.create_task(outbox.run())
    await link.began.wait()
    outbox.put([b"a"], b"2")
    await outbox.drain(5)
    task.cancel()
    assert link.exchanges == [[command(b"a", 1, b"1")]] * 3 + [[command(b"a", 2, b"2")]]
    assert outbox.healthy


async def test_failures_are_followed_by_waits() -> None:
    """Before each new try there is the next wait of the backoff, and none where nothing had failed."""
    waits: list[float] = []

    class Noted(Backoff):
        def wait(self) -> float:
            waits.append(super().wait())
            return 0.0

    outbox = Outbox("s", ScriptedLink(1, 2), limit=10_000, backoff=Noted(60, first=1))
    outbox.put([b"a"], b"1")
    await run(outbox)
    assert waits == [1, 2]
    waits.clear()
    outbox = Outbox("s", ScriptedLink(), limit=10_000, backoff=Noted(60))
    outbox.put([b"a"], b"1")
    await run(outbox)
    assert waits == []


async def test_batches_are_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Much leaves in several exchanges, each ended by the payload that fills it."""
    monkeypatch.setattr(module, "BATCH_BYTES", 2 * OVERHEAD)
    link = ScriptedLink()
    outbox = outbox_of(link)
    for number in range(5):
        outbox.put([b"a"], b"%d" % number)
    await run(outbox)
    assert link.exchanges == [
        [command(b"a", 1, b"0", b"1")],
        [command(b"a", 3, b"2", b"3")],
        [command(b"a", 5, b"4")],
    ]


async def test_oldest_are_dropped_beyond_the_limit() -> None:
    """The bytes that wait stay within the limit; one publication that is larger alone is kept."""
    link = ScriptedLink()
    outbox = outbox_of(link, limit=3 * (OVERHEAD + 1))
    for number in range(5):
        outbox.put([b"a"], b"%d" % number)
    assert outbox.dropped == 2
    await run(outbox)
    assert link.exchanges == [[command(b"a", 3, b"2", b"3", b"4")]]
    outbox.put([b"a"], b"5")
    outbox.put([b"a"], b"x" * 10_000)
    assert outbox.dropped == 3
    outbox.put([b"a"], b"6")
    assert outbox.dropped == 4
    await run(outbox)
    assert link.exchanges[1:] == [[command(b"a", 8, b"6")]]


async def test_drain_gives_up_in_time() -> None:
    """Waiting for a Redis that stays away ends with the timeout, and what waits is kept."""
    link = ScriptedLink(*range(1, 100_000))
    outbox = outbox_of(link, backoff=0.001)
    outbox.put([b"a"], b"1")
    task = asyncio.create_task(outbox.run())
    await outbox.drain(0.01)
    assert not outbox.healthy
    assert outbox.published == 0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
