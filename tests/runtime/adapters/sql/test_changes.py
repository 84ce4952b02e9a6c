"""The history of a conversation, told again."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest
from doubles.chat import Chat, caller

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.events import (
    Change,
    ConversationCreated,
    ConversationUpdated,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    ParticipantAdded,
    ParticipantRemoved,
    Superseded,
)
from palaver_runtime.domain.values import Conversation, Message

PEOPLE = ("ann", "bob", "eve", "zoe")


@dataclass
class Snapshot:
    """What a client knows of a conversation."""

    conversation: Conversation
    messages: dict[str, Message]

    @classmethod
    async def take(cls, chat: Chat, conversation_id: str) -> "Snapshot":
        """Read the present state."""
        async with chat.store.reading() as tx:
            conversation = await tx.conversation(conversation_id)
            assert conversation is not None
            messages = await tx.history(conversation_id, after=0, limit=1000)
        return cls(conversation, {each.id: each for each in messages})

    def apply(self, changes: Iterable[Change]) -> None:
        """Follow what happened."""
        for change in changes:
            match change:
                case MessageCreated() | MessageEdited() | MessageDeleted():
                    self.messages[change.message.id] = change.message
                case ConversationCreated() | ConversationUpdated() | ParticipantAdded():
                    self.conversation = change.conversation
                case ParticipantRemoved():
                    left = tuple(each for each in self.conversation.participants if each.user_id != change.user_id)
                    self.conversation = replace(self.conversation, participants=left)

    def shown(self) -> tuple[object, ...]:
        """Give what can be compared: all but the counters."""
        conversation = self.conversation
        return conversation.name, conversation.metadata, conversation.participants, self.messages


async def told(chat: Chat, conversation_id: str, after: int, until: int) -> tuple[Change, ...]:
    """Read the history."""
    async with chat.store.reading() as tx:
        return await tx.changes(conversation_id, after, until)


async def act(chat: Chat, chance: random.Random, conversation_id: str) -> None:
    """Let somebody do something, allowed or not."""
    async with chat.store.reading() as tx:
        messages = await tx.history(conversation_id, after=0, limit=1000)
    who, other = caller(chance.choice(PEOPLE)), chance.choice(PEOPLE)
    chat.clock.advance(seconds=1)
    action = chance.randrange(8)
    if action <= 1 or not messages:
        await chat.say(who.user_id, conversation_id, chance.choice("xyz"))
    elif action <= 3:
        message = chance.choice(messages)
        await chat.messages.edit(caller(message.sender_id), message.id, f"edit {chance.random()}")
    elif action == 4:
        message = chance.choice(messages)
        await chat.messages.delete(caller(message.sender_id), message.id)
    elif action == 5:
        await chat.conversations.update(who, conversation_id, f"name {chance.random()}", None)
    elif action == 6:
        await chat.conversations.add(who, conversation_id, other)
    elif chance.random() < 0.5:
        await chat.conversations.remove(who, conversation_id, other)
    else:
        await chat.conversations.leave(who, conversation_id)


@pytest.mark.parametrize("seed", range(5))
async def test_history_replays_to_the_present(chat: Chat, seed: int) -> None:
    """Any old snapshot and the changes since give the present, in one piece or in several.

    Every committed revision is told exactly once, in order, live and again.
    """
    chance = random.Random(seed)
    await chat.people(*PEOPLE)
    conversation_id = await chat.group("ann", "bob", "eve")
    snapshots = [await Snapshot.take(chat, conversation_id)]
    for _ in range(80):
        try:
            await act(chat, chance, conversation_id)
        except ChatError:
            continue
        snapshots.append(await Snapshot.take(chat, conversation_id))
    present = snapshots[-1]
    last = present.conversation.revision
    assert last > 20
    live = [event.revision for event in chat.recorder.events if isinstance(event, Change)]
    assert live == list(range(2, last + 1))
    for snapshot in chance.sample(snapshots, 12):
        start = snapshot.conversation.revision
        middle = chance.randint(start, last)
        first = await told(chat, conversation_id, start, middle)
        second = await told(chat, conversation_id, middle, last + 5)
        assert first + second == await told(chat, conversation_id, start, last)
        assert [each.revision for each in first + second] == list(range(start + 1, last + 1))
        snapshot.apply(first)
        snapshot.apply(second)
        assert snapshot.shown() == present.shown()


async def test_replaced_changes_say_nothing(chat: Chat) -> None:
    """Of several edits and of several updates the last alone is told, with the present state."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    message = await chat.say("ann", conversation_id)
    for content in ("one", "two"):
        await chat.messages.edit(caller("ann"), message.id, content)
        await chat.conversations.update(caller("ann"), conversation_id, content, None)
    changes = await told(chat, conversation_id, 0, 9)
    assert [type(each) for each in changes] == [
        ConversationCreated,
        MessageCreated,
        Superseded,
        Superseded,
        MessageEdited,
        ConversationUpdated,
    ]
    created, sent, *_, edited, updated = changes
    assert isinstance(created, ConversationCreated)
    assert isinstance(sent, MessageCreated)
    assert isinstance(edited, MessageEdited)
    assert isinstance(updated, ConversationUpdated)
    assert sent.message == edited.message
    assert (sent.revision, sent.message.revision, sent.message.content) == (2, 5, "two")
    assert created.conversation.name == updated.conversation.name == "two"


async def test_edit_of_a_message_that_was_deleted_says_nothing(chat: Chat) -> None:
    """What was said in a message that is gone is nowhere in the history."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    message = await chat.say("ann", conversation_id, "secret")
    await chat.messages.edit(caller("ann"), message.id, "secret too")
    await chat.messages.delete(caller("ann"), message.id)
    changes = await told(chat, conversation_id, 1, 9)
    assert [type(each) for each in changes] == [MessageCreated, Superseded, MessageDeleted]
    assert "secret" not in repr(changes)


async def test_who_was_removed_is_not_added_again(chat: Chat) -> None:
    """An addition is told only if the user is there by it; a removal is always told."""
    await chat.people("ann", "bob", "eve")
    conversation_id = await chat.group("ann")
    ann = caller("ann")
    for user_id in ("bob", "eve"):
        await chat.conversations.add(ann, conversation_id, user_id)
        await chat.conversations.remove(ann, conversation_id, user_id)
    await chat.conversations.add(ann, conversation_id, "eve")
    changes = await told(chat, conversation_id, 1, 9)
    assert [(type(each), getattr(each, "user_id", None)) for each in changes] == [
        (Superseded, None),
        (ParticipantRemoved, "bob"),
        (Superseded, None),
        (ParticipantRemoved, "eve"),
        (ParticipantAdded, "eve"),
    ]
    added = chat.recorder.events[-1]
    assert changes[-1] == added


async def test_change_is_told_again_as_it_was_told(chat: Chat) -> None:
    """What nothing has replaced is read from the store exactly as it was published."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    await chat.say("ann", conversation_id)
    await chat.conversations.remove(caller("ann"), conversation_id, "bob")
    assert list(await told(chat, conversation_id, 1, 9)) == chat.recorder.events


async def test_messages_that_are_not_kept_leave_no_gap(store: SqlStore) -> None:
    """Every revision is told, those of messages that are gone as Superseded, with what happened to them."""
    chat = Chat(store, keep=2)
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    first = await chat.say("ann", conversation_id)
    await chat.messages.edit(caller("ann"), first.id, "edited")
    second = await chat.say("ann", conversation_id)
    await chat.messages.delete(caller("ann"), second.id)
    third, fourth = [await chat.say("ann", conversation_id) for _ in range(2)]
    await chat.messages.edit(caller("ann"), third.id, "edited")
    changes = await told(chat, conversation_id, 0, 99)
    assert [(each.revision, type(each)) for each in changes] == [
        (1, ConversationCreated),
        (2, Superseded),
        (3, Superseded),
        (4, Superseded),
        (5, Superseded),
        (6, MessageCreated),
        (7, MessageCreated),
        (8, MessageEdited),
    ]
    assert changes[6] == MessageCreated(conversation_id=conversation_id, revision=7, message=fourth)
    assert await told(chat, conversation_id, 1, 3) == changes[1:3]
    await chat.close()


async def test_missing_conversation_has_no_history(chat: Chat) -> None:
    """There is nothing to tell of a conversation that is not there."""
    assert await told(chat, "c0", 0, 9) == ()


async def test_creation_of_a_message_is_not_recorded(chat: Chat) -> None:
    """Recording what is its own record would tell it twice, and is refused."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    message = await chat.say("ann", conversation_id)
    change = MessageCreated(conversation_id=conversation_id, revision=2, message=message)
    async with chat.store.writing() as tx:
        with pytest.raises(ValueError, match="MessageCreated is not to be recorded"):
            await tx.record(change)
