"""Batches that a SQLite takes in the loop's own thread."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from doubles.chat import Chat

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql import store as stores
from palaver_runtime.adapters.sql.at_hand import NotAtHand
from palaver_runtime.adapters.sql.batches_at_hand import BatchesAtHand
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.errors import Forbidden, NotFound
from palaver_runtime.ports import Sending
from palaver_runtime.services.drafts import Draft, Sent, send


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "chat.db"


@pytest.fixture
async def chat(file: Path) -> AsyncIterator[Chat]:
    """Everything, on a store of its own."""
    store = SqlStore(f"sqlite:///{file}")
    await store.start()
    chat = Chat(store)
    await chat.people("ann")
    yield chat
    await chat.close()
    await store.close()


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was sent in the usual way."""
    found: list[object] = []
    at_once = stores.at_once

    async def noted(connect: Any, work: Any, *, commits: bool) -> object:
        if commits:
            found.append(work)
        return await at_once(connect, work, commits=commits)

    monkeypatch.setattr(stores, "at_once", noted)
    return found


def sending(chat: Chat, conversation_id: str, content: str = "x") -> Callable[[Sending], Coroutine[Any, Any, Any]]:
    """Give some work: a message of ann's."""
    command = SendMessage(conversation_id=conversation_id, content=content)
    return lambda tx: send(tx, [Draft("ann", command, chat.clock.now())])


async def sequences(chat: Chat, conversation_id: str) -> list[int]:
    """Give the numbers of the messages that are there."""
    async with chat.store.reading() as tx:
        return [each.sequence for each in await tx.history(conversation_id, after=0, limit=1000)]


def batches(chat: Chat) -> BatchesAtHand:
    """Give the connection that is kept."""
    found = chat.store._database._batches
    assert isinstance(found, BatchesAtHand)
    return found


async def test_messages_are_sent_at_hand_and_committed_in_a_thread(chat: Chat, usual: list[object]) -> None:
    """Nothing of SQLAlchemy's is used; only the commit leaves the loop's thread, and it waits for the disk."""
    conversation_id = await chat.group("ann")
    usual.clear()
    kept, threads = batches(chat), []
    assert kept._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    kept._connection.set_trace_callback(lambda text: threads.append((text.split()[0], threading.current_thread())))
    for _ in range(2):
        await chat.store.send(sending(chat, conversation_id))
    kept._connection.set_trace_callback(None)
    assert usual == []
    assert await sequences(chat, conversation_id) == [1, 2]
    here = threading.current_thread()
    assert {text for text, thread in threads if thread is not here} == {"COMMIT"}
    assert [text for text, _ in threads].count("BEGIN") == 2


async def test_commits_leave_the_log_to_checkpoints_beside_them(chat: Chat, file: Path) -> None:
    """SQLite would take one itself in the commit that makes it a thousand pages long; a message would wait for that."""
    conversation_id = await chat.group("ann")
    before, counted = file.read_bytes(), batches(chat)._checkpoints._commits
    for _ in range(45):
        await chat.store.send(sending(chat, conversation_id, "x" * 90_000))
    assert file.with_name(f"{file.name}-wal").stat().st_size > 1_000 * 4096
    assert file.read_bytes() == before
    assert batches(chat)._checkpoints._commits == counted + 45


async def test_all_that_a_message_is_judged_by_is_found(chat: Chat, usual: list[object]) -> None:
    """What was sent before, what is replied to, who is there, and where the conversations stand."""
    await chat.people("bob")
    one, two = await chat.group("ann"), await chat.group("ann", "bob")
    usual.clear()
    first = await chat.say("ann", one, client_id="one")
    assert await chat.say("ann", one, client_id="one") == first
    assert (await chat.say("ann", one, reply_to=first.id)).sequence == 2
    assert (await chat.say("ann", two, client_id="one")).sequence == 1
    assert (await chat.say("bob", two, client_id="one")).sequence == 2
    with pytest.raises(NotFound):
        await chat.say("bob", two, reply_to=first.id)
    for place in (one, "c0"):
        with pytest.raises(Forbidden):
            await chat.say("bob", place)
    assert usual == []
    assert await sequences(chat, one) == await sequences(chat, two) == [1, 2]
    async with chat.store.reading() as tx:
        found = await tx.conversation(one)
        assert found is not None
        assert found.active_at == (await tx.history(one, limit=1))[0].created_at


async def test_activity_is_never_made_earlier(chat: Chat, usual: list[object]) -> None:
    """It is of the latest message, whichever was counted last."""
    conversation_id = await chat.group("ann")
    usual.clear()
    now = chat.clock.now()
    for at in (now, now - timedelta(hours=1)):
        command = SendMessage(conversation_id=conversation_id, content="x")
        await chat.store.send(lambda tx, at=at, command=command: send(tx, [Draft("ann", command, at)]))
    async with chat.store.reading() as tx:
        found = await tx.conversation(conversation_id)
    assert usual == []
    assert found is not None
    assert (found.active_at, found.sequence) == (now, 2)


async def test_another_process_that_writes_for_a_moment_is_waited_for(
    chat: Chat, file: Path, usual: list[object]
) -> None:
    """To send in the usual way takes longer; meanwhile the loop does what else there is."""
    conversation_id = await chat.group("ann")
    usual.clear()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(chat.store.send(sending(chat, conversation_id)))
    # In a turn of the loop it is looked for once at most: fewer times than it is at all, however long a turn takes.
    for _ in range(4):
        await asyncio.sleep(0)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    await waiting
    assert (await sequences(chat, conversation_id), usual) == ([1], [])


async def test_another_process_that_goes_on_writing_is_waited_for_in_the_usual_way(
    chat: Chat, file: Path, usual: list[object]
) -> None:
    """The loop's thread looks for it a few times only."""
    conversation_id = await chat.group("ann")
    usual.clear()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(chat.store.send(sending(chat, conversation_id)))
    async with asyncio.timeout(30):
        while not usual:  # noqa: ASYNC110 - what it is seen by is a list
            await asyncio.sleep(0)
    other.execute("COMMIT")
    other.close()
    (outcome,) = await waiting
    assert isinstance(outcome, Sent)
    assert await sequences(chat, conversation_id) == [1]


async def test_much_content_is_sent_in_the_usual_way(chat: Chat, usual: list[object]) -> None:
    """Once: nothing is kept of what was begun here."""
    conversation_id = await chat.group("ann")
    usual.clear()
    await chat.store.send(sending(chat, conversation_id, "x" * 100_001))
    assert len(usual) == 1
    assert await sequences(chat, conversation_id) == [1]


@pytest.mark.parametrize("statement", ["INSERT", "COMMIT"])
async def test_trouble_is_met_in_the_usual_way(chat: Chat, usual: list[object], statement: str) -> None:
    """Whatever SQLite refuses, at the end too, is undone and done once more where its errors have their names."""
    conversation_id = await chat.group("ann")
    usual.clear()
    kept = batches(chat)

    def refuse(action: int, first: str | None, *_: object) -> int:
        ending = action == sqlite3.SQLITE_TRANSACTION and first == "COMMIT"
        adding = action == sqlite3.SQLITE_INSERT and first == "messages"
        return sqlite3.SQLITE_DENY if (ending if statement == "COMMIT" else adding) else sqlite3.SQLITE_OK

    kept._connection.set_authorizer(refuse)
    await chat.store.send(sending(chat, conversation_id))
    kept._connection.set_authorizer(None)
    assert len(usual) == 1
    await chat.store.send(sending(chat, conversation_id))
    assert len(usual) == 1
    assert await sequences(chat, conversation_id) == [1, 2]


async def test_what_the_work_raises_is_its_own(chat: Chat, usual: list[object]) -> None:
    """It comes out, nothing is kept, and the next one finds no transaction that is still open."""
    conversation_id = await chat.group("ann")
    usual.clear()

    async def regretted(tx: Sending) -> None:
        await sending(chat, conversation_id)(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await chat.store.send(regretted)
    await chat.store.send(sending(chat, conversation_id))
    assert usual == []
    assert await sequences(chat, conversation_id) == [1]


@contextmanager
def traced(kept: BatchesAtHand) -> Iterator[list[str]]:
    """Give what SQLite is asked, by the first words."""
    asked: list[str] = []
    kept._connection.set_trace_callback(lambda text: asked.append(text.split()[0]))
    yield asked
    kept._connection.set_trace_callback(None)


async def warm(chat: Chat) -> str:
    """Give a conversation of ann's of which all is known: it was twice as it had been left."""
    conversation_id = await chat.group("ann")
    for number in range(3):
        await chat.say("ann", conversation_id, client_id=f"{number}")
    return conversation_id


async def abandoned(chat: Chat, conversation_id: str, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Begin to send a message whose sender goes while it is committed; give what lets the commit go on."""
    kept, begun, go_on = batches(chat), threading.Event(), threading.Event()
    commit = kept._commits._work

    def slow() -> None:
        begun.set()
        go_on.wait(30)
        commit()

    monkeypatch.setattr(kept._commits, "_work", slow)
    sender = asyncio.create_task(chat.store.send(sending(chat, conversation_id)))
    await asyncio.to_thread(begun.wait, 30)
    sender.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sender
    return go_on


async def test_what_is_known_is_not_read_again(chat: Chat) -> None:
    """As long as nobody else writes: SQLite is asked for that alone."""
    conversation_id = await warm(chat)
    with traced(batches(chat)) as asked:
        await chat.say("ann", conversation_id)
    assert asked == ["BEGIN", "PRAGMA", "UPDATE", "INSERT", "COMMIT"]
    assert await sequences(chat, conversation_id) == [1, 2, 3, 4]


async def test_what_somebody_else_writes_is_known_at_once(chat: Chat, file: Path, usual: list[object]) -> None:
    """By another connection of this process, and by another process: it is read again."""
    conversation_id = await warm(chat)
    usual.clear()
    with sqlite3.connect(file) as other:
        other.execute("UPDATE conversations SET sequence = sequence + 5 WHERE id = ?", (conversation_id,))
    other.close()
    assert (await chat.say("ann", conversation_id)).sequence == 9
    assert usual == []
    await chat.say("ann", conversation_id)
    await chat.people("bob")
    with traced(batches(chat)) as asked:
        await chat.say("ann", conversation_id)
    assert "SELECT" in asked


async def test_message_that_was_sent_before_is_found_where_nothing_is_read(chat: Chat, usual: list[object]) -> None:
    """SQLite refuses to have it twice; in the usual way it is found."""
    conversation_id = await warm(chat)
    usual.clear()
    assert (await chat.say("ann", conversation_id, client_id="1")).sequence == 2
    assert len(usual) == 1
    assert await sequences(chat, conversation_id) == [1, 2, 3]
    # It is read for once, and then known again.
    assert (await chat.say("ann", conversation_id, client_id="1")).sequence == 2
    assert len(usual) == 1


async def test_where_messages_come_twice_all_is_read(chat: Chat, usual: list[object]) -> None:
    """To be refused and sent once more costs more than to read: that is not done again and again."""
    conversation_id = await warm(chat)
    usual.clear()
    for _ in range(6):
        assert (await chat.say("ann", conversation_id, client_id="1")).sequence == 2
        for _ in range(3):
            await chat.say("ann", conversation_id)
    assert 0 < len(usual) < 6


async def test_commit_that_nobody_waited_for_is_not_what_is_known(
    chat: Chat, usual: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waited has gone, and the message is there: it is read."""
    conversation_id = await warm(chat)
    usual.clear()
    (await abandoned(chat, conversation_id, monkeypatch)).set()
    async with asyncio.timeout(30):
        while batches(chat)._commits.busy:  # noqa: ASYNC110 - it is told to nobody who is left
            await asyncio.sleep(0)
    await chat.store.send(sending(chat, conversation_id))
    assert usual == []
    assert await sequences(chat, conversation_id) == [1, 2, 3, 4, 5]


async def test_what_could_not_be_committed_is_not_known(
    chat: Chat, usual: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither here nor in the usual way: the next message has its number."""
    conversation_id = await warm(chat)
    kept, at_once = batches(chat), stores.at_once

    async def full(connect: Any, work: Any, *, commits: bool) -> object:
        if commits:
            raise ZeroDivisionError
        return await at_once(connect, work, commits=commits)

    def refuse(action: int, first: str | None, *_: object) -> int:
        ending = action == sqlite3.SQLITE_TRANSACTION and first == "COMMIT"
        return sqlite3.SQLITE_DENY if ending else sqlite3.SQLITE_OK

    monkeypatch.setattr(stores, "at_once", full)
    kept._connection.set_authorizer(refuse)
    with pytest.raises(ZeroDivisionError):
        await chat.say("ann", conversation_id)
    kept._connection.set_authorizer(None)
    usual.clear()
    assert (await chat.say("ann", conversation_id)).sequence == 4
    assert usual == []


async def test_commit_that_nobody_waits_for_any_more_is_left_alone(
    chat: Chat, usual: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on in its thread, where the connection is in use: whoever comes meanwhile goes the usual way."""
    conversation_id = await chat.group("ann")
    usual.clear()
    go_on = await abandoned(chat, conversation_id, monkeypatch)
    second = asyncio.create_task(chat.store.send(sending(chat, conversation_id)))
    async with asyncio.timeout(30):
        while not usual:  # noqa: ASYNC110 - what it is seen by is a list
            await asyncio.sleep(0)
    go_on.set()
    await second
    assert await sequences(chat, conversation_id) == [1, 2]


async def test_nothing_is_kept_after_the_end(chat: Chat) -> None:
    """The connection is closed, after its last commit."""
    kept = batches(chat)
    await chat.store.close()
    assert chat.store._database._batches is None
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        kept._connection.execute("SELECT 1")
    with pytest.raises(NotAtHand):
        async with kept:
            pass
