"""The time of the loop, divided among addresses."""

import asyncio
import itertools
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from palaver_runtime import fairness as fair
from palaver_runtime.fairness import Account, Fairness, current, metered, nobodys, place

BURST = fair._BURST


class Time:
    """A clock that stands still unless it is told otherwise."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def time() -> Time:
    """Give a clock."""
    return Time()


@pytest.fixture
def fairness(time: Time) -> Fairness:
    """Give accounts of a fifth of the time each."""
    return Fairness(0.2, time)


async def become(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        for _ in itertools.count():
            if true():
                return
            await asyncio.sleep(0)


async def busy(fairness: Fairness, time: Time, seconds: float) -> Account:
    """Give the account of one that has had the loop for so long, while another one is there."""
    await fairness.turn("other")
    account = fairness.account("one")
    account.charge(seconds)
    return account


async def test_an_address_that_is_alone_has_all_there_is(fairness: Fairness, time: Time) -> None:
    """However much that is; another one that has been there does not count for ever."""
    account = await busy(fairness, time, 5.0)
    assert account.wait() > 0
    time.now += fair._LATE + 0.01
    account.charge(5.0)
    assert account.wait() == 0
    await asyncio.wait_for(fairness.turn("one"), 10)
    await asyncio.wait_for(fairness.turn("one"), 10)


async def test_who_has_had_more_than_a_share_waits(fairness: Fairness, time: Time) -> None:
    """For as long as the share takes to make up for it, and at most for so long; whoever else is there does not."""
    account = await busy(fairness, time, BURST + 0.01)
    assert account.wait() == pytest.approx(0.01 / 0.2)
    assert fairness.account("other").wait() == 0
    account.charge(60.0)
    assert account.wait() == pytest.approx(fair._DEBT / 0.2)
    time.now += 0.5
    assert account.wait() == pytest.approx(fair._DEBT / 0.2 - 0.5)


async def test_what_is_not_used_is_not_saved(fairness: Fairness, time: Time) -> None:
    """After a day of rest there is a burst, and no more."""
    account = await busy(fairness, time, 0.0)
    time.now += 86_400
    await fairness.turn("other")
    account.charge(BURST + 0.01)
    assert account.wait() == pytest.approx(0.05)


async def test_turns_come_in_order_and_one_at_a_time(fairness: Fairness, time: Time) -> None:
    """What each costs is known before the next one; who does not wait any more is left out."""
    account = await busy(fairness, time, BURST + 0.01)
    had: list[int] = []

    async def ask(number: int) -> None:
        await fairness.turn("one")
        had.append(number)
        account.charge(BURST + 0.01)

    tasks = [asyncio.create_task(ask(number)) for number in range(4)]
    await become(lambda: account.waiting == 4)
    tasks[1].cancel()
    for count in (1, 2, 3):
        time.now += 0.11
        await fairness.turn("other")
        await become(lambda count=count: len(had) == count)  # type: ignore[misc]
        assert account.wait() > 0
    assert had == [0, 2, 3]
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_when_the_others_have_gone_nobody_waits(fairness: Fairness, time: Time) -> None:
    """Not even those who have waited already."""
    account = await busy(fairness, time, 60.0)
    tasks = [asyncio.create_task(fairness.turn("one")) for _ in range(5)]
    await become(lambda: account.waiting == 5)
    time.now += 2.0
    account.charge(60.0)
    await asyncio.wait_for(asyncio.gather(*tasks), 10)


async def test_a_share_of_everything_is_no_limit(time: Time) -> None:
    """Nobody waits, whoever else is there; an address that is not known never does."""
    fairness = Fairness(1.0, time)
    await busy(fairness, time, 60.0)
    await asyncio.wait_for(fairness.turn("one"), 10)
    strict = Fairness(0.1, time)
    (await busy(strict, time, 60.0)).charge(60.0)
    strict.account("").charge(60.0)
    await asyncio.wait_for(strict.turn(""), 10)


async def test_each_step_is_charged(monkeypatch: pytest.MonkeyPatch, fairness: Fairness, time: Time) -> None:
    """Of work and of the tasks that it begins, and not the time in between; results and errors come through."""
    monkeypatch.setattr(fair, "perf_counter", time)
    account = await busy(fairness, time, 0.0)
    going, ended = asyncio.Event(), asyncio.Event()

    async def child() -> str:
        await going.wait()
        time.now += 0.02
        ended.set()
        return "child"

    async def work() -> str:
        time.now += 0.03
        task = asyncio.create_task(metered(child()))
        await ended.wait()
        time.now += 0.09
        return await task + "ren"

    task = asyncio.create_task(account.metered(work()))
    await asyncio.sleep(0)
    time.now += 50.0
    going.set()
    assert await task == "children"
    await fairness.turn("other")
    # The burst was full again after the pause, and while the loop was busy the share grew, too.
    assert account.wait() == pytest.approx((0.02 - BURST + 0.09 - 0.09 * 0.2) / 0.2)

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await account.metered(fails())
    assert await metered(child()) == "child"


async def test_work_that_is_cancelled_ends() -> None:
    """It is told, and may still say its last words."""
    said: list[str] = []
    began = asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            said.append("farewell")

    task = asyncio.create_task(Fairness(0.1).account("one").metered(work()))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert said == ["farewell"]


async def test_places_of_an_address_are_few(fairness: Fairness, time: Time) -> None:
    """While somebody else is there; who is cancelled while waiting takes none, and alone there is no limit."""
    account = await busy(fairness, time, 0.0)
    going, holding = asyncio.Event(), [0, 0]

    async def hold() -> None:
        async with place():
            holding[0] += 1
            holding[1] = max(holding)
            try:
                await going.wait()
            finally:
                holding[0] -= 1

    tasks = [asyncio.create_task(account.metered(hold())) for _ in range(6)]
    await become(lambda: holding[0] == fair._PLACES)
    for _ in range(10):
        await asyncio.sleep(0)
    tasks[3].cancel()
    going.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert holding == [0, fair._PLACES]
    time.now += 2.0
    going.clear()
    tasks = [asyncio.create_task(account.metered(hold())) for _ in range(6)]
    await become(lambda: holding[0] == 6)
    going.set()
    await asyncio.gather(*tasks)
    async with place():
        assert account._taken == 0


def test_addresses_are_forgotten(monkeypatch: pytest.MonkeyPatch, fairness: Fairness) -> None:
    """Of too many those that have not been here for the longest time."""
    monkeypatch.setattr(fair, "_MOST", 3)
    first = fairness.account("1")
    for address in ("2", "3", "1", "4"):
        fairness.account(address)
    assert len(fairness) == 3
    assert fairness.account("1") is first


async def test_work_for_everybody_is_on_no_account(fairness: Fairness, time: Time) -> None:
    """Whoever it is that begins it; what else the context holds, it keeps."""
    account = await busy(fairness, time, 0.0)
    kept = ContextVar[str]("kept")

    async def begin() -> tuple[Account | None, Account | None, str]:
        kept.set("this")

        async def go_on() -> tuple[Account | None, str]:
            return current(), kept.get()

        found, said = await asyncio.get_running_loop().create_task(go_on(), context=nobodys())
        return current(), found, said

    assert await account.metered(begin()) == (account, None, "this")
