"""How somebody comes into a conversation and goes out of it."""

from datetime import timedelta

import pytest
from doubles.chat import Chat, called

from palaver_runtime.domain.errors import Conflict, NotFound
from palaver_runtime.domain.events import ConversationUpdated, ParticipantAdded, ParticipantRemoved
from palaver_runtime.domain.values import Conversation, Participant, Role
from palaver_runtime.ports import Writer
from palaver_runtime.services.capacity import Capacity
from palaver_runtime.services.memberships import depart, enter


@pytest.fixture(autouse=True)
async def people(chat: Chat) -> None:
    """Three users."""
    await chat.people("ann", "bob", "eve")


async def locked(tx: Writer, conversation_id: str) -> Conversation:
    """Lock and read a conversation."""
    assert await tx.lock(conversation_id)
    conversation = await tx.conversation(conversation_id)
    assert conversation is not None
    return conversation


async def test_who_enters_is_the_last_member_and_has_nothing_unread(chat: Chat) -> None:
    """The change says it as it then is in the store, with the name of who came."""
    conversation_id = await chat.group("ann", "bob")
    await chat.say("ann", conversation_id)
    now = chat.clock.advance(seconds=1)
    async with chat.store.writing() as tx:
        change = await enter(tx, await locked(tx, conversation_id), "eve", now)
        assert change == ParticipantAdded(
            conversation_id=conversation_id,
            revision=3,
            conversation=await locked(tx, conversation_id),
            user_id="eve",
            profile=called("eve"),
            at=now,
        )
        assert await tx.changes(conversation_id, 2, 3) == (change,)
        assert (await tx.read_mark(conversation_id, "eve")).unread == 0
        standings = {each.user_id: each.joined_revision for each in await tx.standings(["ann", "eve"])}
    assert standings == {"ann": 1, "eve": 3}
    assert change.conversation.participants[-1] == Participant(
        user_id="eve", role=Role.MEMBER, joined_at=now, profile=called("eve")
    )


async def test_nobody_enters_twice_unknown_or_beyond_the_limit(chat: Chat) -> None:
    """A refusal takes no revision."""
    conversation_id = await chat.group("ann", "bob")
    now = chat.clock.now()
    async with chat.store.writing() as tx:
        conversation = await locked(tx, conversation_id)
        with pytest.raises(NotFound):
            await enter(tx, conversation, "nobody", now)
        with pytest.raises(Conflict, match="already"):
            await enter(tx, conversation, "bob", now)
        with pytest.raises(Conflict, match="at most 2"):
            await enter(tx, conversation, "eve", now, Capacity(members=2))
        assert await locked(tx, conversation_id) == conversation


async def test_first_to_enter_what_everybody_left_owns_it(chat: Chat) -> None:
    """Where there is nobody who could be the owner, the newcomer is."""
    conversation_id = await chat.group("ann")
    now = chat.clock.now()
    async with chat.store.writing() as tx:
        (removed,) = await depart(tx, await locked(tx, conversation_id), "ann", now)
        assert isinstance(removed, ParticipantRemoved)
        for user_id in ("bob", "eve"):
            change = await enter(tx, await locked(tx, conversation_id), user_id, now)
    assert [(each.user_id, each.role) for each in change.conversation.participants] == [
        ("bob", Role.OWNER),
        ("eve", Role.MEMBER),
    ]


async def test_departure_of_the_owner_is_two_changes(chat: Chat) -> None:
    """First the removal, with the name of who went, then the conversation with its new owner; both are recorded."""
    conversation_id = await chat.group("ann", "bob", "eve")
    now = chat.clock.now()
    async with chat.store.writing() as tx:
        changes = await depart(tx, await locked(tx, conversation_id), "ann", now)
        conversation = await locked(tx, conversation_id)
        assert await tx.changes(conversation_id, 1, 9) == changes
    assert changes == (
        ParticipantRemoved(conversation_id=conversation_id, revision=2, user_id="ann", profile=called("ann"), at=now),
        ConversationUpdated(conversation_id=conversation_id, revision=3, conversation=conversation),
    )
    assert conversation.participants[0].role is Role.OWNER


async def test_departure_of_a_member_is_one_change_and_of_a_stranger_none(chat: Chat) -> None:
    """The owner stays the owner; who is not there cannot go."""
    conversation_id = await chat.group("ann", "bob")
    now = chat.clock.now()
    async with chat.store.writing() as tx:
        changes = await depart(tx, await locked(tx, conversation_id), "bob", now)
        assert [type(each) for each in changes] == [ParticipantRemoved]
        conversation = await locked(tx, conversation_id)
        assert [each.role for each in conversation.participants] == [Role.OWNER]
        with pytest.raises(NotFound):
            await depart(tx, conversation, "bob", now)
        assert await locked(tx, conversation_id) == conversation


async def test_nobody_who_enters_is_taken_for_a_founder(chat: Chat) -> None:
    """Who comes in the millisecond of the creation, or by a clock that is behind, has joined after it."""
    conversation_id = await chat.group("ann")
    now = chat.clock.now()
    async with chat.store.writing() as tx:
        await enter(tx, await locked(tx, conversation_id), "bob", now)
        change = await enter(tx, await locked(tx, conversation_id), "eve", now - timedelta(seconds=5))
        founder, *others = (await locked(tx, conversation_id)).participants
    assert founder.joined_at == change.conversation.created_at == now
    assert [each.joined_at for each in others] == [now + timedelta(milliseconds=1)] * 2
    assert change.at == others[-1].joined_at
