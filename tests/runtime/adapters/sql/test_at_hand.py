"""What is asked in the loop's own thread."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doubles.chat import Chat, called, caller

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.at_hand import AtHand, NotAtHand
from palaver_runtime.adapters.sql.store import SqlReader
from palaver_runtime.domain.commands import SendDirect, Synchronise
from palaver_runtime.domain.values import User
from palaver_runtime.ports import Known, Writer

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
ANN = User(id="ann", created_at=NOW)


class Regret(Exception):
    """Why a piece of work ends."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is; there is much in its name that means something in a URI."""
    return tmp_path / "a 100%? #file.db"


@pytest.fixture
async def here(file: Path) -> AsyncIterator[SqlStore]:
    """A store with one user."""
    store = SqlStore(f"sqlite:///{str(file).replace('%', '%25').replace('?', '%3F').replace('#', '%23')}")
    await store.start()
    await store.write(lambda tx: tx.add_user(ANN))
    yield store
    await store.close()


@pytest.fixture
async def chat(here: SqlStore) -> AsyncIterator[Chat]:
    """Every service on that store."""
    chat = Chat(here)
    yield chat
    await chat.close()


@pytest.fixture
def usual(here: SqlStore, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was asked in the usual way."""
    asked: list[object] = []
    read = here.read

    async def noted(work: object) -> object:
        asked.append(work)
        return await read(work)

    monkeypatch.setattr(here, "read", noted)
    return asked


async def test_what_is_prepared_is_answered_at_once(here: SqlStore, usual: list[object]) -> None:
    """The answer is that of `read`, and has what was committed just before."""
    await here.write(lambda tx: tx.add_user(User(id="bob", created_at=NOW)))
    for user_id in ("ann", "bob", "eve"):
        known = await here.ask(lambda tx, user_id=user_id: tx.known(user_id))
        assert usual == []
        assert known == await here.read(lambda tx, user_id=user_id: tx.known(user_id))
        usual.clear()
    assert (await here.ask(lambda tx: tx.user("ann")), usual) == (ANN, [])


async def test_who_comes_is_known_at_once(here: SqlStore, file: Path, usual: list[object]) -> None:
    """The answer is that of a reader; where there is trouble, the usual way gives it."""
    for user_id in ("ann", "eve"):
        known = await here.known(user_id, "s")
        assert usual == []
        assert known == await here.read(lambda tx, user_id=user_id: tx.known(user_id, "s"))
        usual.clear()
    kept = here._database.hand
    assert kept is not None
    here._database.hand = quick = AtHand(file, kept.dialect, 1)
    assert (await here.known("ann")).user == ANN
    quick.close()
    assert (await here.known("ann")).user == ANN
    assert len(usual) == 2
    here._database.hand = kept


async def test_a_commit_of_anybody_makes_another_version(here: SqlStore, file: Path) -> None:
    """By this store, by another process; neither reading nor what is rolled back does. One in trouble has none."""
    before = await here.version()
    await here.known("ann")
    with pytest.raises(Regret):
        await here.write(_regret)
    assert await here.version() == before is not None
    await here.write(lambda tx: tx.add_user(User(id="bob", created_at=NOW)))
    between = await here.version()
    with sqlite3.connect(file) as other:
        other.execute("INSERT INTO users (id, created_at) VALUES ('eve', 0)")
    assert len({before, between, await here.version()}) == 3
    kept = here._database.hand
    assert kept is not None
    here._database.hand = closed = AtHand(file, kept.dialect, 1)
    closed.close()
    assert await here.version() is None
    here._database.hand = kept


async def _regret(tx: Writer) -> None:
    await tx.add_user(User(id="zoe", created_at=NOW))
    raise Regret


async def test_who_comes_back_is_answered_at_once(chat: Chat, usual: list[object]) -> None:
    """What was missed is at hand: nothing, a new message, one that was edited."""
    await chat.people("bob", "eve")
    conversation_id = await chat.group("bob", "eve")
    missed: list[tuple[int, int]] = []
    last: str | None = None
    for change in (None, "say", None, "edit"):
        if change == "say":
            last = (await chat.say("bob", conversation_id)).id
        elif change == "edit":
            assert last is not None
            await chat.messages.edit(caller("bob"), last, "edited")
        usual.clear()
        asked = Synchronise(conversation_id=conversation_id, last_message_id=last, revision=None, limit=9)
        found = await chat.messages.synchronise(caller("eve"), replace(asked, last_message_id=None))
        again = await chat.messages.synchronise(caller("eve"), asked)
        missed.append((len(found.messages), len(again.changed)))
        assert usual == []
    assert missed == [(0, 0), (1, 0), (1, 0), (1, 1)]


async def test_who_goes_is_looked_up_at_once(chat: Chat, usual: list[object]) -> None:
    """How users are called and where they are is at hand, for several in one go."""
    await chat.people("bob", "eve")
    conversation_id = await chat.group("bob", "eve")
    usual.clear()
    found = await chat.store.ask(lambda tx: tx.standings(["bob", "eve", "zoe"]))
    assert {(each.user_id, each.conversation_id) for each in found} == {
        (each, conversation_id) for each in ("bob", "eve")
    }
    assert await chat.store.ask(lambda tx: tx.profiles(["bob", "zoe"])) == {"bob": called("bob")}
    assert usual == []


async def test_who_comes_in_sees_the_list_at_once(chat: Chat, usual: list[object]) -> None:
    """What people look at first is at hand: pages of conversations, what of them is unread, rooms, who is in one."""
    await chat.people("bob", "eve")
    direct, group = await chat.direct("bob", "eve"), await chat.group("bob", "eve")
    chat.clock.advance(seconds=1)
    last = await chat.say("eve", direct)
    usual.clear()
    service = chat.conversations
    first, after = await service.listing(caller("bob"), None, 1)
    assert [(each.conversation.id, each.last_message, each.unread) for each in first] == [(direct, last, 1)]
    second, _ = await service.listing(caller("bob"), after, 1)
    assert [each.conversation.id for each in second] == [group]
    sided, _ = await chat.directs.listing(caller("bob"), None, 9)
    assert [(each.summary.conversation.id, each.unread) for each in sided] == [
        (direct, {"bob": 1, "eve": 0}),
        (group, {}),
    ]
    assert [each.id for each in await service.rooms(caller("bob"), 9)] == [direct, group]
    assert (await service.get(caller("bob"), direct)).last_message == last
    assert (await chat.receipts.unread(caller("bob"), direct)).unread == 1
    assert (await service.join(caller("bob"), group)).id == group
    assert (
        await chat.directs.send(caller("bob"), SendDirect(recipient_id="eve", content="hi"))
    ).conversation_id == direct
    assert await chat.presence.online(caller("bob"), group) == ()
    assert usual == []


async def test_all_of_it_is_of_one_moment(here: SqlStore, file: Path, usual: list[object]) -> None:
    """What another process commits in the middle is for the next piece of work."""

    async def twice(tx: SqlReader) -> tuple[Known, Known]:
        before = await tx.known("bob")
        with sqlite3.connect(file) as other:
            other.execute("INSERT INTO users (id, created_at) VALUES ('bob', 0)")
        return before, await tx.known("bob")

    first, second = await here.ask(twice)
    assert first == second == Known(user=None, session=None, memberships={})
    assert (await here.ask(lambda tx: tx.known("bob"))).user is not None
    assert usual == []


async def test_what_is_not_prepared_is_asked_in_the_usual_way(here: SqlStore, usual: list[object]) -> None:
    """From the beginning, whatever was at hand before it."""

    async def more(tx: SqlReader) -> tuple[object, object]:
        return await tx.user("ann"), await tx.revisions(["c"])

    assert await here.ask(more) == (ANN, {})
    assert usual == [more]
    assert await here.ask(lambda tx: tx.user("ann")) == ANN
    assert len(usual) == 1


async def test_what_is_long_or_in_trouble_is_asked_in_the_usual_way(
    here: SqlStore, file: Path, usual: list[object]
) -> None:
    """Nobody waits for more than a moment, and troubles get the names that they have there."""
    kept = here._database.hand
    assert kept is not None
    here._database.hand = quick = AtHand(file, kept.dialect, 1)
    assert await here.ask(lambda tx: tx.user("ann")) == ANN
    assert len(usual) == 1
    quick.close()
    assert await here.ask(lambda tx: tx.user("ann")) == ANN
    assert len(usual) == 2
    with pytest.raises(NotAtHand):
        quick.ask(lambda _: here.read(lambda tx: tx.user("ann")))
    here._database.hand = kept


async def test_what_the_work_raises_is_its_own(here: SqlStore, usual: list[object]) -> None:
    """It comes out, and the next one finds no transaction that is still open."""

    async def regretted(tx: SqlReader) -> None:
        await tx.user("ann")
        raise Regret

    for _ in range(2):
        with pytest.raises(Regret):
            await here.ask(regretted)
    assert usual == []


async def test_nothing_is_at_hand_before_the_start_and_after_the_end(file: Path) -> None:
    """A file that is not there is not made by asking, and none is kept open."""
    store = SqlStore(f"sqlite:///{file.parent}/other.db")
    assert store._database.hand is None
    await store.start()
    hand = store._database.hand
    assert hand is not None
    await store.close()
    assert store._database.hand is None
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        hand._connection.execute("SELECT 1")
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        AtHand(file, hand.dialect, 1)


async def test_server_of_its_own_has_nothing_at_hand(postgres_url: str) -> None:
    """What is asked is read in the usual way."""
    store = SqlStore(postgres_url)
    await store.start()
    assert (await store.ask(lambda tx: tx.known("ann"))).user is None
    assert (await store.known("ann")).user is None
    assert await store.version() is None
    await store.close()
