"""Transactions."""

import asyncio
import logging
import threading

import pytest
from doubles.chat import Chat, caller
from sqlalchemy import text

from palaver_runtime.adapters.sql import SqlStore, StoreUnavailable, migrate
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.errors import NotFound
from palaver_runtime.domain.events import ConversationCreated, MessageCreated, ParticipantAdded
from palaver_runtime.domain.identifiers import id_of_name
from palaver_runtime.domain.values import Caller, ConversationType, Role
from palaver_runtime.trouble import CALM, Trouble


async def test_concurrent_sends_are_numbered_without_gaps(chat: Chat) -> None:
    """Fifty messages sent at once take fifty consecutive sequences and revisions, each once."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    sent = await asyncio.gather(
        *(
            chat.messages.send(
                caller("ann" if number % 2 else "bob"),
                SendMessage(conversation_id=conversation_id, content=str(number)),
            )
            for number in range(50)
        )
    )
    assert sorted(message.sequence for message in sent) == list(range(1, 51))
    assert sorted(message.revision for message in sent) == list(range(2, 52))
    async with chat.store.reading() as tx:
        stored = await tx.history(conversation_id, after=0, limit=100)
    assert {(each.sequence, each.content) for each in stored} == {(each.sequence, each.content) for each in sent}


async def test_concurrent_retries_give_one_message(chat: Chat) -> None:
    """A message that is sent ten times at once under one client identifier is stored and told once."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    sent = await asyncio.gather(*(chat.say("ann", conversation_id, client_id="again") for _ in range(10)))
    assert len({message.id for message in sent}) == 1
    assert [type(event) for event in chat.recorder.events] == [MessageCreated]
    async with chat.store.reading() as tx:
        position = await tx.position(conversation_id)
    assert position is not None
    assert (position.revision, position.sequence) == (2, 1)


async def test_concurrent_creation_of_a_direct_conversation_gives_one(chat: Chat) -> None:
    """Two people who write to each other at the same moment meet in one conversation."""
    await chat.people("ann", "bob")
    made = await asyncio.gather(
        *(
            chat.conversations.create(
                caller(mine), CreateConversation(type=ConversationType.DIRECT, user_ids=(theirs,))
            )
            for mine, theirs in [("ann", "bob"), ("bob", "ann")] * 5
        )
    )
    assert len({conversation.id for conversation, _ in made}) == 1
    assert [new for _, new in made].count(True) == 1


async def test_concurrent_creation_of_a_named_room_gives_one(chat: Chat) -> None:
    """Ten who join a room that is not there meet in one: one owns it, each has come once, numbered without a gap."""
    people = [f"user {number}" for number in range(10)]
    await chat.people(*people)
    room = id_of_name("general")
    joined = await asyncio.gather(
        *(chat.conversations.join(caller(each), room, create_as="general") for each in people for _ in range(2))
    )
    assert {each.id for each in joined} == {room}
    async with chat.store.reading() as tx:
        conversation = await tx.conversation(room)
        changes = await tx.changes(room, 0, 99)
    assert conversation is not None
    assert (conversation.name, conversation.public, conversation.revision) == ("general", True, 10)
    assert sorted(each.user_id for each in conversation.participants) == sorted(people)
    assert [each.role for each in conversation.participants] == [Role.OWNER] + [Role.MEMBER] * 9
    told = sorted(chat.recorder.events, key=lambda each: getattr(each, "revision", 0))
    kinds = [ConversationCreated] + [ParticipantAdded] * 9
    assert [type(each) for each in told] == kinds
    assert [(type(each), each.revision) for each in changes] == list(zip(kinds, range(1, 11), strict=True))
    assert [each.user_id for each in told if isinstance(each, ParticipantAdded)] == [
        each.user_id for each in conversation.participants[1:]
    ]


async def test_concurrent_joining_and_leaving_leaves_one_owner(chat: Chat) -> None:
    """While people come and go at once there is exactly one owner as long as there is anybody."""
    people = [f"user {number}" for number in range(5)]
    await chat.people(*people)
    room = id_of_name("general")

    async def visit(user_id: str) -> None:
        for _ in range(4):
            await chat.conversations.join(caller(user_id), room, create_as="general")
            await chat.conversations.leave(caller(user_id), room)

    await asyncio.gather(*map(visit, people))
    joined = await asyncio.gather(*(chat.conversations.join(caller(each), room) for each in people))
    latest = max(joined, key=lambda each: each.revision)
    assert [each.role for each in latest.participants] == [Role.OWNER] + [Role.MEMBER] * 4
    async with chat.store.reading() as tx:
        assert await tx.conversation(room) == latest
    revisions = sorted(each.revision for each in chat.recorder.events if hasattr(each, "revision"))
    assert revisions == list(range(1, latest.revision + 1))


async def test_concurrent_pruning_and_sending_agree(chat: Chat) -> None:
    """However they meet, what is left is the end of the sequence, and every removed message was counted once."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    admin = Caller(user_id="root", admin=True)
    outcomes = await asyncio.gather(
        *(chat.say("ann", conversation_id) for _ in range(20)),
        *(chat.messages.prune(admin, conversation_id, 3) for _ in range(5)),
    )
    removed = sum(each for each in outcomes if isinstance(each, int))
    removed += await chat.messages.prune(admin, conversation_id, 3)
    assert await chat.messages.prune(admin, conversation_id, 10**12) == 0
    async with chat.store.reading() as tx:
        left = await tx.history(conversation_id, after=0, limit=100)
    assert ([each.sequence for each in left], removed) == ([18, 19, 20], 17)


async def test_concurrent_edits_and_a_deletion_leave_one_history(chat: Chat) -> None:
    """Edits and a deletion of one message at once: each that succeeds has its revision, none follows the deletion."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    message = await chat.say("ann", conversation_id)
    outcomes = await asyncio.gather(
        *(chat.messages.edit(caller("ann"), message.id, f"edit {number}") for number in range(10)),
        chat.messages.delete(caller("ann"), message.id),
        *(chat.messages.edit(caller("ann"), message.id, f"late {number}") for number in range(10)),
        return_exceptions=True,
    )
    failures = [each for each in outcomes if isinstance(each, BaseException)]
    assert all(isinstance(each, NotFound) for each in failures)
    async with chat.store.reading() as tx:
        last = await tx.message(message.id)
        position = await tx.position(conversation_id)
    assert last is not None
    assert position is not None
    assert (last.content, last.deleted) == ("", True)
    assert last.revision == position.revision == 2 + len(outcomes) - len(failures)


async def test_error_rolls_everything_back(chat: Chat) -> None:
    """Nothing of a transaction whose block raises is kept, its revision included."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")

    async def fail() -> None:
        async with chat.store.writing() as tx:
            await tx.advance(conversation_id)
            await tx.update_conversation(conversation_id, "changed", {}, chat.clock.now())
            raise NotFound("on purpose")

    with pytest.raises(NotFound, match="on purpose"):
        await fail()
    async with chat.store.reading() as tx:
        conversation = await tx.conversation(conversation_id)
    assert conversation is not None
    assert (conversation.revision, conversation.sequence, conversation.name) == (1, 0, None)


async def test_cancellation_rolls_back_and_frees_the_writer(chat: Chat) -> None:
    """A transaction that is cancelled in the middle leaves nothing, and the next one can write."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    begun = asyncio.Event()

    async def hang() -> None:
        async with chat.store.writing() as tx:
            await tx.lock(conversation_id)
            await tx.advance(conversation_id)
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await chat.say("ann", conversation_id)).revision == 2


async def test_reading_sees_one_moment(chat: Chat) -> None:
    """What others commit after the first statement of a reading transaction is not seen within it."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    async with chat.store.reading() as tx:
        before = await tx.position(conversation_id)
        await chat.say("bob", conversation_id)
        assert await tx.position(conversation_id) == before
        assert await tx.history(conversation_id, after=0, limit=10) == ()
        assert (await tx.read_mark(conversation_id, "ann")).unread == 0
    async with chat.store.reading() as tx:
        assert len(await tx.history(conversation_id, after=0, limit=10)) == 1


async def test_two_stores_share_a_database(chat: Chat, store_url: str) -> None:
    """Two instances number the messages of one conversation without gaps between them."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    second = SqlStore(store_url)
    await second.start()
    other = Chat(second)
    try:
        sent = await asyncio.gather(*(each.say("ann", conversation_id) for each in (chat, other) for _ in range(10)))
    finally:
        await second.close()
    assert sorted(message.revision for message in sent) == list(range(2, 22))


async def test_close_waits_for_open_transactions_and_leaves_no_thread(store_url: str) -> None:
    """Closing while somebody reads waits for it; afterwards no thread of the store is left."""
    before = set(threading.enumerate())
    store = SqlStore(store_url)
    await store.start()
    async with store.reading() as tx:
        closing = asyncio.create_task(store.close())
        await asyncio.sleep(0)
        assert await tx.user("nobody") is None
        assert not closing.done()
    await closing
    left = {each for each in set(threading.enumerate()) - before if "asyncio" not in each.name}
    assert left == set()


async def test_unreachable_server_is_named_without_its_password() -> None:
    """A server that nobody runs: the error names it, hides the password and says what to do."""
    with pytest.raises(StoreUnavailable) as caught:
        # Nothing listens on port 1.
        await migrate("postgresql://ann:secret@127.0.0.1:1/chat")
    assert "ann:***@127.0.0.1:1/chat" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "Check that the server runs" in caught.value.remedy


async def test_what_somebody_asks_for_in_vain_is_no_trouble(store_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A transaction that a rule ends is one that the database was there for."""
    store = SqlStore(store_url, trouble=Trouble("All is well"))
    await store.start()
    with pytest.raises(NotFound):
        async with store.reading():
            raise NotFound("room")
    await store.close()
    assert caplog.messages == []


async def test_connection_that_is_lost_is_said_to_be(postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A transaction whose connection the server ends raises StoreUnavailable, and the next one gets a new one.

    Why is said to who looks after the server, and that it is over.
    """
    caplog.set_level(logging.INFO, "palaver_runtime.trouble")
    moment = 0.0
    store = SqlStore(postgres_url)
    await store.start()
    victim = SqlStore(postgres_url, trouble=Trouble("All is well", lambda: moment))
    await victim.start()

    async def die() -> None:
        async with victim.reading() as tx:
            await tx.user("nobody")
            async with store.writing() as killer:
                await killer._connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            await tx.user("nobody")

    try:
        with pytest.raises(StoreUnavailable) as caught:
            await die()
        moment += CALM
        async with victim.reading() as tx:
            assert await tx.user("nobody") is None
        assert caplog.messages == [str(caught.value), "All is well, after 1 failure"]
    finally:
        await store.close()
        await victim.close()
