"""What one client sends, one thing at a time, or together what keeps its order."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

import pytest

from palaver_runtime.transports.sockets import NOT_NOW, NotNow, Pending
from palaver_runtime.transports.turns import TOGETHER, Turns

_NOTED: ContextVar[str] = ContextVar("noted", default="")


class _Gate(Pending):
    """An answer that comes when it is told to."""

    def __init__(self, *, alone: bool) -> None:
        self._alone = alone
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def alone(self) -> bool:
        return self._alone

    @property
    def done(self) -> bool:
        return self.opened.done()

    def when_done(self, told: Callable[[], None]) -> None:
        self.opened.add_done_callback(lambda _: told())

    def result(self) -> object:
        return self.opened.result()

    def cancel(self) -> None:
        self.opened.cancel()


class Recorded(Turns[str]):
    """Turns that are noted down; `go` lets one thing after the other be handled.

    By its name something is begun `at once`, keeps its `order`, and has a gate that opens it where its answer is
    pending: `at once`, or `then`, when it has been handled.
    """

    def __init__(self, limit: int = 10) -> None:
        super().__init__(limit)
        self.noted: list[str] = []
        self.gates: dict[str, _Gate] = {}
        self.go = asyncio.Semaphore(0)
        self.ended = asyncio.Event()

    def keeps_order(self, item: str) -> bool:
        """Tell by its name."""
        return "order" in item

    def begin(self, item: str) -> Pending | NotNow | None:
        """Begin with what says so."""
        if "at once" not in item:
            return NOT_NOW
        self.noted.append(item)
        return self._gate(item) if "pending" in item else None

    def answer(self, item: str, pending: Pending) -> None:
        """Note down what became of it."""
        try:
            pending.result()
        except asyncio.CancelledError:
            self.noted.append(f"{item} given up")
        else:
            self.noted.append(f"{item} done")

    def open(self, *items: str) -> None:
        """Have answers come."""
        for item in items:
            self.gates[item].opened.set_result(None)

    def _gate(self, item: str) -> _Gate:
        gate = self.gates[item] = _Gate(alone="alone" in item)
        return gate

    @property
    def name(self) -> str:
        """What its task is called."""
        return "recorded"

    async def handle(self, item: str) -> Pending | None:
        """Note down when it begins and when it is over."""
        self.noted.append(item)
        await self.go.acquire()
        if item == "broken":
            raise RuntimeError(item)
        if "pending" in item:
            return self._gate(item)
        self.noted.append(f"{item} done")
        return None

    def leave(self) -> None:
        """Note it down."""
        self.noted.append("left")

    def broken(self) -> None:
        """End."""
        self.noted.append("broken down")
        self.end(drop=True)

    def over(self) -> None:
        """Note it down, and tell."""
        self.noted.append("over")
        self.ended.set()

    async def finished(self) -> list[str]:
        """Let all be handled, wait until all is over, and give what happened."""
        for _ in range(20):
            self.go.release()
        async with asyncio.timeout(30):
            await self.ended.wait()
        return self.noted


async def until(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)


async def finish(*waiting: Awaitable[object]) -> None:
    """Wait for what has to end."""
    async with asyncio.timeout(30):
        await asyncio.gather(*waiting)


async def test_things_are_handled_one_at_a_time_and_in_order() -> None:
    """However long each takes; leave comes after all that waits, and `over` after that."""
    turns = Recorded()
    assert turns.idle
    for item in "abc":
        assert turns.put(item) is None
    assert not turns.idle
    await until(lambda: turns.noted)
    turns.end(drop=False)
    assert turns.noted == ["a"]
    assert await turns.finished() == ["a", "a done", "b", "b done", "c", "c done", "left", "over"]


async def test_there_is_a_task_only_while_there_is_something_to_do() -> None:
    """Who is idle has none, and what comes next has a new one, which knows what was noted before."""
    turns = Recorded()

    async def note(item: str) -> None:
        turns.noted.append(f"{item} after {_NOTED.get()!r}")
        _NOTED.set(item)

    turns.handle = note  # type: ignore[method-assign]
    assert turns._task is None
    turns.put("a")
    await until(lambda: turns.noted and turns._task is None)
    assert turns.idle
    turns.put("b")
    await until(lambda: len(turns.noted) == 2 and turns._task is None)
    assert turns.noted == ["a after ''", "b after 'a'"]
    assert _NOTED.get() == ""


async def test_who_puts_waits_for_room() -> None:
    """From the last place on, until one is free; all who wait are told together, and who waits no longer is not."""
    turns = Recorded(2)
    assert turns.put("1") is None
    room = turns.put("2")
    assert room is not None
    assert turns.put("3") is room
    await until(lambda: turns.noted)
    assert not room.done()
    turns.go.release()
    await finish(room)
    assert turns.noted == ["1", "1 done", "2"]
    again = turns.put("4")
    assert again is not None
    assert again is not room
    again.cancel()
    turns.end(drop=False)
    assert (await turns.finished())[-4:] == ["4", "4 done", "left", "over"]


async def test_what_is_pending_holds_back_what_comes() -> None:
    """Nothing else is handled until its answer is there; what can be begun at once is then, without a task."""
    turns = Recorded()
    for item in ("at once", "at once pending", "at once too", "a"):
        turns.put(item)
    turns.end(drop=False)
    assert turns.noted == ["at once", "at once pending"]
    assert (turns.idle, turns._task) == (False, None)
    turns.open("at once pending")
    await until(lambda: turns._task)
    assert turns.noted == ["at once", "at once pending", "at once pending done", "at once too"]
    assert (await turns.finished())[4:] == ["a", "a done", "left", "over"]


async def test_what_keeps_its_order_is_pending_together() -> None:
    """And is answered in that order, whatever is done first; all else waits, and what comes after that."""
    turns = Recorded()
    one, two, three = (f"at once pending in order {number}" for number in (1, 2, 3))
    for item in (one, two, "at once", three):
        turns.put(item)
    assert turns.noted == [one, two]
    turns.open(two)
    await asyncio.sleep(0)
    assert turns.noted == [one, two]
    turns.open(one)
    await until(lambda: three in turns.noted)
    assert turns.noted == [one, two, f"{one} done", f"{two} done", "at once", three]
    assert turns._task is None


@pytest.mark.parametrize("alone", [True, False])
async def test_only_so_much_is_pending_together(alone: bool) -> None:
    """A few of one client; and nothing beside what is to be alone."""
    turns = Recorded(100)
    items = [f"at once pending in order {number}{' alone' if alone else ''}" for number in range(TOGETHER + 2)]
    for item in items:
        turns.put(item)
    most = 1 if alone else TOGETHER
    assert turns.noted == items[:most]
    turns.open(items[0])
    await until(lambda: len(turns.noted) > most + 1)
    assert turns.noted == [*items[:most], f"{items[0]} done", items[most]]
    assert turns._task is None


async def test_what_has_been_handled_can_be_pending() -> None:
    """The task goes on with what keeps its order, and ends before anything else."""
    turns = Recorded()
    for item in ("pending in order 1", "pending in order 2", "a"):
        turns.put(item)
    turns.go.release()
    turns.go.release()
    await until(lambda: len(turns.noted) == 2 and turns._task is None)
    assert not turns.idle
    turns.end(drop=False)
    assert turns._task is None
    turns.open("pending in order 2", "pending in order 1")
    assert (await turns.finished())[1:] == [
        "pending in order 2",
        "pending in order 1 done",
        "pending in order 2 done",
        *("a", "a done", "left", "over"),
    ]


async def test_what_is_pending_as_the_task_ends_is_not_that_of_the_task() -> None:
    """Nothing is left to do for a task that is not quite gone: who comes then has the turn for as long as it takes."""
    turns = Recorded()

    async def handle(item: str) -> None:
        turns.noted.append(item)
        asyncio.get_running_loop().call_soon(turns.put, "at once pending")

    turns.handle = handle  # type: ignore[method-assign]
    turns.put("a")
    await until(lambda: len(turns.noted) == 2 and turns._task is None)
    assert not turns.idle
    turns.put("b")
    assert turns._task is None
    turns.open("at once pending")
    await until(lambda: turns.noted == ["a", "at once pending", "at once pending done", "b"])


@pytest.mark.parametrize("item", ["at once pending", "pending", "a"])
async def test_who_rests_handles_what_is_begun_and_nothing_more(item: str) -> None:
    """Also when the client leaves meanwhile, whose things would be handled else."""
    turns = Recorded()
    turns.put(item)
    await until(lambda: turns.noted)
    turns.put("b")
    if item == "pending":
        turns.go.release()
        await until(lambda: turns.gates)
    resting = asyncio.create_task(turns.rest())
    await asyncio.sleep(0)
    assert not resting.done()
    turns.open(*turns.gates)
    turns.go.release()
    await finish(resting)
    assert not turns.idle
    turns.put("c")
    turns.end(drop=False)
    assert await turns.finished() == [item, f"{item} done", "left", "over"]


async def test_all_that_is_pending_is_given_up() -> None:
    """By whoever does not wait for it; the client is taken leave of all the same."""
    turns = Recorded()
    items = [f"at once pending in order {number}" for number in (1, 2)]
    for item in items:
        turns.put(item)
    turns.end(drop=True)
    assert turns.cancel()
    assert await turns.finished() == [*items, *(f"{item} given up" for item in items), "left", "over"]


async def test_rest_of_who_does_nothing_is_over_at_once() -> None:
    """Nobody is waited for."""
    await finish(Recorded().rest())


async def test_what_waits_can_be_dropped() -> None:
    """What is begun is finished."""
    turns = Recorded()
    turns.put("a")
    turns.put("b")
    await until(lambda: turns.noted)
    turns.end(drop=True)
    assert await turns.finished() == ["a", "a done", "left", "over"]


async def test_what_fails_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    """With a line in the log, and all that an end has."""
    turns = Recorded()
    turns.put("broken")
    turns.put("never")
    assert await turns.finished() == ["broken", "broken down", "left", "over"]
    assert "recorded failed" in caplog.text


@pytest.mark.parametrize("early", [True, False])
async def test_what_lasts_too_long_can_be_cancelled(early: bool) -> None:
    """What is handled, even before it has begun; leave is taken, and it is over then."""
    turns = Recorded()
    turns.put("a")
    if not early:
        await until(lambda: turns.noted)
    turns.end(drop=True)
    assert turns.cancel()
    await finish(turns.ended.wait())
    assert turns.noted == [*([] if early else ["a"]), "left", "over"]
    assert not turns.cancel()
