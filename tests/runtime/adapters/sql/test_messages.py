"""Messages."""

import asyncio
from dataclasses import replace

import pytest
from doubles.chat import Chat, called, caller
from doubles.steps import steps
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from palaver_runtime.adapters.sql.messages import _CHANGED
from palaver_runtime.domain.events import MessageEdited
from palaver_runtime.domain.values import Attachment, Message, MessageKind, Position
from palaver_runtime.ports import Advance, Asked


async def add(chat: Chat, conversation_id: str, **changes: object) -> Message:
    """Add a message with all that one can have."""
    now = chat.clock.now()
    async with chat.store.writing() as tx:
        last = (await tx.ground([Asked(conversation_id, "ann", None, None)])).positions[conversation_id]
        position = Position(revision=last.revision + 1, sequence=last.sequence + 1)
        message = Message(
            id=f"m{position.sequence}",
            conversation_id=conversation_id,
            sender_id="ann",
            sender=called("ann"),
            kind=MessageKind.GIFT,
            content="Grüße 😀 'quoted' %s \\u0000",
            attachments=(Attachment(file_id="f1", label="a"), Attachment(file_id="f2")),
            metadata={"b": "\0", "a": [1, 1.5, None, {"": ""}]},
            reply_to="m0",
            client_id=f"client {position.sequence}",
            sequence=position.sequence,
            created_revision=position.revision,
            revision=position.revision,
            created_at=now,
            updated_at=now,
        )
        message = replace(message, **changes)  # type: ignore[arg-type]
        await tx.add_messages([Advance(conversation_id, position, now)], [message])
    return message


@pytest.fixture
async def conversation_id(chat: Chat) -> str:
    """A conversation of ann and bob."""
    await chat.people("ann", "bob")
    return await chat.group("ann", "bob")


async def test_message_comes_back_as_added(chat: Chat, conversation_id: str) -> None:
    """Everything of a message is kept, any JSON in its metadata and the order of its keys included."""
    message = await add(chat, conversation_id)
    async with chat.store.reading() as tx:
        found = await tx.message(message.id)
        assert found == message
        assert found is not None
        assert list(found.metadata) == ["b", "a"]
        assert await tx.message("m2") is None


async def test_edit_and_deletion_are_kept(chat: Chat, conversation_id: str) -> None:
    """A message comes back as an edit left it, and as a deletion left it."""
    message = await add(chat, conversation_id)
    later = chat.clock.advance(seconds=1)
    for changed in (message.with_content("new", 3, later), message.erased(4, later)):
        async with chat.store.writing() as tx:
            await tx.update_message(changed)
            assert await tx.message(message.id) == changed


@pytest.mark.parametrize("changes", [{"sequence": 1}, {"client_id": "client 1"}, {"created_revision": 2}])
async def test_database_refuses_what_must_be_unique(
    chat: Chat, conversation_id: str, changes: dict[str, object]
) -> None:
    """No two messages of a conversation have one sequence, creating revision, or client identifier of a sender."""
    await add(chat, conversation_id)
    with pytest.raises(IntegrityError):
        await add(chat, conversation_id, **changes)


async def test_history_pages_both_ways(chat: Chat, conversation_id: str) -> None:
    """Pages ascend: the newest, those before a sequence, those after one; other conversations are left out.

    Any number is before or after something, however large.
    """
    elsewhere = await chat.group("ann")
    for _ in range(5):
        await add(chat, conversation_id)
    await chat.say("ann", elsewhere)

    async with chat.store.reading() as tx:

        async def sequences(before: int | None = None, after: int | None = None, limit: int = 2) -> list[int]:
            page = await tx.history(conversation_id, before=before, after=after, limit=limit)
            return [message.sequence for message in page]

        assert await sequences() == [4, 5]
        assert await sequences(before=4) == [2, 3]
        assert await sequences(before=1) == []
        assert await sequences(after=0) == [1, 2]
        assert await sequences(after=4) == [5]
        assert await sequences(after=1, before=4, limit=9) == [2, 3]
        for number in (2**31 - 1, 2**31, 10**30):
            assert await sequences(before=number) == [4, 5]
        for number in (0, -1, -(2**31) - 1, -(10**30)):
            assert await sequences(before=number) == []


async def test_changed_messages_come_by_revision(chat: Chat, conversation_id: str) -> None:
    """Messages up to a sequence that changed after a revision come in the order of their changes, so many at most."""
    first, second, third = [await add(chat, conversation_id) for _ in range(3)]
    now = chat.clock.now()
    async with chat.store.writing() as tx:
        for revision, message in [(5, third), (6, second), (7, first)]:
            edited = message.with_content("new", revision, now)
            await tx.update_message(edited)
            await tx.record(MessageEdited(conversation_id=conversation_id, revision=revision, message=edited))

        async def changed(since: int, until_sequence: int, limit: int = 9) -> list[str]:
            page = await tx.changed(conversation_id, since=since, until_sequence=until_sequence, limit=limit)
            return [message.id for message in page]

        assert await changed(4, 3) == ["m3", "m2", "m1"]
        assert await changed(4, 2) == ["m2", "m1"]
        assert await changed(6, 3) == ["m1"]
        assert await changed(4, 3, limit=1) == ["m3"]
        assert await changed(7, 3) == []


async def test_a_message_that_changed_again_comes_once(chat: Chat, conversation_id: str) -> None:
    """By its last change, whether or not the one before is asked for, too."""
    message, other = [await chat.say("ann", conversation_id) for _ in range(2)]
    await chat.messages.edit(caller("ann"), message.id, "new")
    await chat.messages.edit(caller("ann"), other.id, "new")
    await chat.messages.delete(caller("ann"), message.id)
    async with chat.store.reading() as tx:
        for since in (3, 4):
            found = await tx.changed(conversation_id, since=since, until_sequence=2, limit=9)
            assert [(each.id, each.revision, each.deleted) for each in found] == [
                (other.id, 5, False),
                (message.id, 6, True),
            ]
        assert [each.id for each in await tx.changed(conversation_id, since=5, until_sequence=2, limit=9)] == [
            message.id
        ]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_what_was_said_since_is_not_looked_at_for_what_changed(
    chat: Chat, conversation_id: str, store_url: str
) -> None:
    """Who was away while a million messages were said does not wait for each of them to be looked at."""
    first = await chat.say("ann", conversation_id)
    await chat.messages.edit(caller("ann"), first.id, "new")
    taken = []
    for _ in range(2):
        await asyncio.gather(*(chat.say("ann", conversation_id) for _ in range(50)))
        asked = {"conversation": conversation_id, "since": 1, "until_sequence": 1, "limit": 9}
        taken.append(steps(store_url, _CHANGED.statement, **asked))
    assert 0 < taken[0] == taken[1]


@pytest.mark.parametrize("kind", MessageKind)
async def test_every_kind_is_kept(chat: Chat, conversation_id: str, kind: MessageKind) -> None:
    """The column takes each of them, by its own name."""
    message = await add(chat, conversation_id, kind=kind)
    async with chat.store.reading() as tx:
        assert await tx.message(message.id) == message
        assert await tx._connection.scalar(text("SELECT kind FROM messages")) == kind.value
