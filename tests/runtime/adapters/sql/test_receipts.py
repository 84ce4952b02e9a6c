"""Read marks and unread counts."""

import asyncio
import random

import pytest
from doubles.chat import Chat, caller
from doubles.steps import steps
from sqlalchemy import select

from palaver_runtime.adapters.sql import receipts
from palaver_runtime.adapters.sql.tables import participants
from palaver_runtime.domain.values import Message, Participant, ReadMark, Role

PEOPLE = ("ann", "bob", "eve")


def recount(messages: list[Message], user_id: str, sequence: int) -> int:
    """Count what is unread the long way."""
    return sum(
        message.sequence > sequence and message.sender_id != user_id and not message.deleted for message in messages
    )


@pytest.mark.parametrize("many", [0, receipts.MANY])
@pytest.mark.parametrize("seed", range(3))
async def test_unread_is_what_a_recount_gives(
    chat: Chat, seed: int, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After random sends, edits, deletions and receipts everybody's count is that of a recount, in listings too.

    It is the same where messages are looked at one by one and where there are too many for that, also when the oldest
    are forgotten, and all.
    """
    monkeypatch.setattr(receipts, "MANY", many)
    chance = random.Random(seed)
    await chat.people(*PEOPLE)
    conversation_id = await chat.group(*PEOPLE)
    marks = dict.fromkeys(PEOPLE, 0)
    messages: list[Message] = []
    for _ in range(60):
        user_id = chance.choice(PEOPLE)
        action = chance.random()
        if action < 0.5 or not messages:
            messages.append(await chat.say(user_id, conversation_id))
        elif action < 0.6:
            message = chance.choice(messages)
            if not message.deleted:
                await chat.messages.edit(caller(message.sender_id), message.id, "new")
        elif action < 0.7:
            message = chance.choice([each for each in messages if not each.deleted] or messages)
            if not message.deleted:
                await chat.messages.delete(caller(message.sender_id), message.id)
                messages[messages.index(message)] = message.erased(0, chat.clock.now())
        else:
            message = chance.choice(messages)
            mark = await chat.receipts.mark(caller(user_id), conversation_id, message.id)
            marks[user_id] = max(marks[user_id], message.sequence)
            assert mark.sequence == marks[user_id]
    for forgotten in (0, len(messages) // 2, len(messages)):
        async with chat.store.writing() as tx:
            await tx.forget_messages({conversation_id: forgotten})
            for user_id, sequence in marks.items():
                unread = recount(messages[forgotten:], user_id, sequence)
                assert (await tx.read_mark(conversation_id, user_id)).unread == unread
                summary = await tx.summary(conversation_id, user_id)
                assert summary is not None
                assert summary.unread == unread


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_of_many_unread_messages_each_one_is_not_looked_at(
    chat: Chat, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes back to a million messages does not wait until they are counted."""
    monkeypatch.setattr(receipts, "MANY", 10)
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    taken = []
    for _ in range(2):
        await asyncio.gather(*(chat.say("ann", conversation_id) for _ in range(50)))
        await chat.receipts.unread(caller("bob"), conversation_id)
        asked = select(receipts._unread()).where(participants.c.user_id == "bob")
        taken.append(steps(store_url, asked))
    assert 0 < taken[0] == taken[1]


async def test_mark_only_moves_forward(chat: Chat) -> None:
    """A mark that is there or beyond stays as it is."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    sent = [await chat.say("bob", conversation_id) for _ in range(3)]
    now = chat.clock.now()
    async with chat.store.writing() as tx:
        assert await tx.read_mark(conversation_id, "ann") == ReadMark(message_id=None, sequence=0, unread=3)
        assert await tx.advance_read_mark(conversation_id, "ann", sent[1].id, 2, now)
        assert not await tx.advance_read_mark(conversation_id, "ann", sent[1].id, 2, now)
        assert not await tx.advance_read_mark(conversation_id, "ann", sent[0].id, 1, now)
        assert not await tx.advance_read_mark(conversation_id, "eve", sent[2].id, 3, now)
        assert await tx.read_mark(conversation_id, "ann") == ReadMark(message_id=sent[1].id, sequence=2, unread=1)
        assert await tx.read_mark(conversation_id, "eve") == ReadMark(message_id=None, sequence=0, unread=0)


async def test_who_joins_has_nothing_unread(chat: Chat) -> None:
    """Messages up to the sequence with which a participant is added count as read."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann")
    await chat.say("ann", conversation_id)
    bob = Participant(user_id="bob", role=Role.MEMBER, joined_at=chat.clock.now())
    async with chat.store.writing() as tx:
        await tx.add_participant(conversation_id, bob, read_sequence=1, joined_revision=2)
    await chat.say("ann", conversation_id)
    async with chat.store.reading() as tx:
        assert (await tx.read_mark(conversation_id, "bob")).unread == 1


async def test_unread_of_everybody(chat: Chat) -> None:
    """Each participant of each conversation has a count, which is that of the read mark."""
    await chat.people("ann", "bob")
    one, two = await chat.direct("ann", "bob"), await chat.group("bob")
    await chat.say("ann", one)
    await chat.say("ann", one)
    async with chat.store.reading() as tx:
        assert await tx.unread([one, two]) == {one: {"ann": 0, "bob": 2}, two: {"bob": 0}}
        assert await tx.unread([]) == {}
