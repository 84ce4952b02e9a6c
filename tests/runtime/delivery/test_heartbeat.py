"""What the bus has lost is looked for piece by piece, while others have the loop, and is found in the store."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from itertools import count
from typing import Any

import pytest
from doubles.chat import Chat, caller
from doubles.delivery import Screen, mended

from palaver_runtime.adapters.memory import MemoryBus
from palaver_runtime.adapters.sql.store import SqlReader
from palaver_runtime.delivery import heartbeat
from palaver_runtime.delivery import hub as hubs
from palaver_runtime.delivery.audience import Member
from palaver_runtime.delivery.heartbeat import REST, Heartbeat
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.ports import Reader

DAY = 86_400.0
PEOPLE = ("ann", "bob", "zoe")


class Pieces:
    """Three pieces, each of which takes some seconds by a clock of their own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.seconds, self.time = seconds, 0.0
        self.done: list[int] = []
        self.told = asyncio.Condition()
        self.on_piece: Callable[[int], None] = lambda _: None
        monkeypatch.setattr(heartbeat, "perf_counter", lambda: self.time)

    def __call__(self) -> Iterator[heartbeat.Piece]:
        """Give them."""
        for number in range(3):

            async def piece(number: int = number) -> None:
                self.on_piece(number)
                self.time += self.seconds
                async with self.told:
                    self.done.append(number)
                    self.told.notify_all()

            yield piece

    async def until(self, number: int) -> None:
        """Wait until so many are done."""
        async with asyncio.timeout(10), self.told:
            await self.told.wait_for(lambda: len(self.done) >= number)


async def unknown() -> None:
    """Say nothing of what was committed."""


async def test_a_rest_is_many_times_longer_than_the_piece_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """So all of them together take no more than a twentieth of the time."""
    rests: list[float] = []

    async def rest(_self: Heartbeat, seconds: float) -> None:
        rests.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(Heartbeat, "_rest", rest)
    pieces = Pieces(monkeypatch, 0.01)
    beating = Heartbeat(pieces, unknown)
    beating.start(DAY)
    await pieces.until(4)
    await beating.close()
    assert rests[:5] == [DAY, 0.0, *(pytest.approx(REST * 0.01),) * 2, DAY]


async def test_a_rest_is_no_longer_than_between_two_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the store is: nothing waits for a day because something took an hour."""
    pieces = Pieces(monkeypatch, DAY)
    beating = Heartbeat(pieces, unknown)
    beating.start(0.001)
    await pieces.until(6)
    await beating.close()
    assert pieces.done[:6] == [0, 1, 2, 0, 1, 2]


async def test_who_hurries_rests_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither between beats, nor after a piece, however long it took."""
    pieces = Pieces(monkeypatch, DAY)
    beating = Heartbeat(pieces, unknown)
    beating.hurry()
    beating.start(DAY)
    await pieces.until(3)
    for _ in range(20):
        await asyncio.sleep(0)
    await beating.close()
    assert pieces.done == [0, 1, 2], "once"


async def test_a_beat_that_is_under_way_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is lost now may be of a piece that is done."""
    pieces = Pieces(monkeypatch, DAY)
    beating = Heartbeat(pieces, unknown)
    numbers = count()

    def hurry(_number: int) -> None:
        if next(numbers) == 1:
            beating.hurry()

    pieces.on_piece = hurry
    beating.hurry()
    beating.start(DAY)
    await pieces.until(6)
    await beating.close()
    assert pieces.done == [0, 1, 2, 0, 1, 2]


async def test_others_have_a_turn_between_two_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while it hurries, and is told so again and again."""
    pieces = Pieces(monkeypatch, DAY)
    turns: list[int] = []
    in_time: list[bool] = []

    def take(number: int) -> None:
        in_time.append(turns == pieces.done)
        asyncio.get_running_loop().call_soon(turns.append, number)
        if len(in_time) < 6:
            beating.hurry()

    pieces.on_piece = take
    beating = Heartbeat(pieces, unknown)
    beating.hurry()
    beating.start(DAY)
    await pieces.until(6)
    await beating.close()
    assert in_time[:6] == [True] * 6


async def test_a_piece_that_fails_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By the next beat, as the store will not have become better for those behind it."""
    pieces = Pieces(monkeypatch, 0.0)
    numbers = count()

    def fail(_number: int) -> None:
        if next(numbers) == 1:
            raise OSError("the store is away")

    pieces.on_piece = fail
    beating = Heartbeat(pieces, unknown)
    beating.start(0.001)
    await pieces.until(4)
    await beating.close()
    assert pieces.done[:4] == [0, 0, 1, 2]
    assert "what was lost could not be read" in caplog.text


async def test_a_store_that_is_as_it_was_is_not_compared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once all has been compared to it; what could not be is tried again, and so is a store that cannot tell."""
    pieces = Pieces(monkeypatch, 0.0)
    versions, ended = iter([7, 7, 7, 8, None, None, 8, 8]), asyncio.Event()
    beats: list[tuple[int | None, int]] = []

    async def version() -> int | None:
        try:
            found = next(versions)
        except StopIteration:
            ended.set()
            await asyncio.Event().wait()
        beats.append((found, len(pieces.done)))
        return found

    def fail_once(number: int) -> None:
        if number == 2 and len(beats) == 1:
            raise OSError("the store is away")

    pieces.on_piece = fail_once
    beating = Heartbeat(pieces, version)
    beating.start(0.0001)
    async with asyncio.timeout(10):
        await ended.wait()
    await beating.close()
    # What had been done when each beat began.
    assert beats == [(7, 0), (7, 2), (7, 5), (8, 5), (None, 8), (None, 11), (8, 14), (8, 17)]
    assert len(pieces.done) == 17


async def test_hub_looks_for_nothing_where_nothing_was_committed(
    chat: Chat, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And finds what was by the next beat; where nothing tells that nothing was, it looks each time."""
    screen, compared = Screen(), list[object]()
    tells = await chat.store.version() is not None
    place = await chat.group("ann", "bob")
    await attach(hub, screen, "bob")
    moved = SqlReader.moved

    async def counted(self: SqlReader, known: Mapping[str, int]) -> dict[str, int]:
        compared.append(known)
        return await moved(self, known)

    monkeypatch.setattr(SqlReader, "moved", counted)
    begun, version = asyncio.Condition(), chat.store.version
    beats = 0

    async def noted() -> int | None:
        nonlocal beats
        async with begun:
            beats += 1
            begun.notify_all()
        return await version()

    async def five() -> None:
        # From now on: those while a commit takes its time have found nothing yet.
        until = beats + 5
        async with asyncio.timeout(60), begun:
            await begun.wait_for(lambda: beats >= until)

    monkeypatch.setattr(hub._heartbeat, "_version", noted)
    hub.start(0.001)
    await five()
    assert len(compared) == 1 or not tells
    await chat.say("ann", place)
    await five()
    await mended(hub)
    assert screen.seen == {"bob1": [2]}
    assert len(compared) == 2 if tells else len(compared) > 8


@pytest.fixture
async def hub(chat: Chat) -> AsyncIterator[Hub]:
    """A hub that hears of nothing, as nobody publishes on its bus."""
    await chat.people(*PEOPLE)
    hub = Hub(MemoryBus(), chat.store)
    yield hub
    await hub.close()


async def attach(hub: Hub, screen: Screen, user_id: str, number: int = 1) -> Member:
    """Connect a user."""
    member = Member(id=f"{user_id}{number}", user_id=user_id, session_id=None, outlet=screen, selective=False)
    await hub.attach(member, lambda: None)
    return member


async def find(hub: Hub) -> None:
    """Find what was lost, and read it."""
    await hub.catch_up()
    await mended(hub)


@pytest.mark.parametrize("piece", [1, 2, 1_000])
async def test_all_is_found_in_pieces_of_any_size(
    chat: Chat, hub: Hub, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    """Messages and additions, of everybody."""
    monkeypatch.setattr(hubs, "PIECE", piece)
    screen = Screen()
    one = await chat.group("ann", "bob")
    members = {each: await attach(hub, screen, each) for each in PEOPLE}
    await chat.say("ann", one)
    two = await chat.group("ann", "zoe")
    await chat.say("zoe", two)
    await find(hub)
    assert {each: members[each].following for each in PEOPLE} == {"ann": {one, two}, "bob": {one}, "zoe": {two}}
    # Of two conversations either may be the first.
    assert screen.seen.pop("ann1") in ([2, 1, 2], [1, 2, 2])
    assert screen.seen == {"bob1": [2], "zoe1": [1, 2]}


async def test_an_addition_that_a_removal_hides_is_found(chat: Chat, hub: Hub) -> None:
    """Whoever is removed and added elsewhere is in as many conversations as before."""
    screen = Screen()
    one, two = await chat.group("ann", "bob"), await chat.group("ann", "zoe")
    bob = await attach(hub, screen, "bob")
    await chat.conversations.remove(caller("ann"), one, "bob")
    await chat.conversations.add(caller("ann"), two, "bob")
    await find(hub)
    assert bob.following == set()
    await find(hub)
    assert bob.following == {two}
    assert screen.seen == {"bob1": [2, 2]}


async def test_connections_of_one_user_that_differ_are_all_looked_at(chat: Chat, hub: Hub) -> None:
    """Each follows what the store says, also where another one of the same user does already."""
    screen = Screen()
    one, two = await chat.group("ann"), await chat.group("ann")
    members = [await attach(hub, screen, "ann", number) for number in (1, 2)]
    hub._unfollow(members[0], one)
    await find(hub)
    assert [each.following for each in members] == [{one, two}] * 2


async def test_where_nothing_was_lost_no_membership_is_read(
    chat: Chat, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A heartbeat of thousands who are in dozens of conversations reads none of them."""
    for _ in range(3):
        await chat.group("ann", "bob")
    for each in PEOPLE:
        await attach(hub, Screen(), each)
    found: list[object] = []
    ask = chat.store.ask

    async def listening(work: Callable[[Reader], Coroutine[Any, Any, object]]) -> object:
        found.append(await ask(work))
        return found[-1]

    monkeypatch.setattr(chat.store, "ask", listening)
    await hub.catch_up()
    assert found == [{}, ((), frozenset(), frozenset())]
