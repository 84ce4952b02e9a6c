"""What a dialect announces is decided on what is true, kept, and told once."""

import asyncio

import pytest
from doubles.chat import Chat, caller

from palaver_runtime.domain.commands import Announcement
from palaver_runtime.domain.errors import Conflict, Forbidden, NotFound
from palaver_runtime.domain.events import Announced, ConversationUpdated, ParticipantAdded
from palaver_runtime.domain.policies import require_participant
from palaver_runtime.domain.values import Conversation


@pytest.fixture(autouse=True)
async def people(chat: Chat) -> None:
    """Three users."""
    await chat.people("ann", "bob", "eve")


def rung(_: Conversation) -> Announcement:
    """Announce one thing, and change nothing."""
    return Announcement("desk", "bell:rung", {"loud": [True, None, "ü"]})


async def test_it_is_told_and_can_be_read_again(chat: Chat) -> None:
    """It takes the next revision, and the store gives it back as it was told."""
    conversation_id = await chat.group("ann", "bob")
    now = chat.clock.advance(seconds=1)
    conversation = await chat.announcements.announce(conversation_id, rung)
    told = Announced(
        conversation_id=conversation_id,
        revision=2,
        dialect="desk",
        event="bell:rung",
        payload={"loud": [True, None, "ü"]},
        at=now,
    )
    assert chat.recorder.take() == [told]
    assert conversation.revision == 2
    async with chat.store.reading() as tx:
        assert await tx.changes(conversation_id, 1, 2) == (told,)
        assert await tx.conversation(conversation_id) == conversation


async def test_what_goes_with_it_comes_before_it(chat: Chat) -> None:
    """Whoever is let in hears of it, once; the metadata is that of the conversation from now on."""
    conversation_id = await chat.group("ann", "bob")

    def decide(found: Conversation) -> Announcement:
        return Announcement("desk", "taken", {}, metadata={**found.metadata, "by": "eve"}, admit=("eve", "bob", "eve"))

    conversation = await chat.announcements.announce(conversation_id, decide)
    added, updated, announced = chat.recorder.take()
    assert isinstance(added, ParticipantAdded)
    assert isinstance(updated, ConversationUpdated)
    assert isinstance(announced, Announced)
    assert [each.revision for each in (added, updated, announced)] == [2, 3, 4]
    assert added.user_id == "eve"
    assert updated.conversation.metadata == {"by": "eve"}
    assert [each.user_id for each in updated.conversation.participants] == ["ann", "bob", "eve"]
    async with chat.store.reading() as tx:
        assert await tx.conversation(conversation_id) == conversation
        assert await tx.changes(conversation_id, 3, 4) == (announced,)


async def test_a_refusal_changes_nothing(chat: Chat) -> None:
    """Whatever stands against it, nothing is told, kept or counted."""
    conversation_id = await chat.group("ann", "bob")

    def stranger(found: Conversation) -> Announcement:
        require_participant(found.participant("eve"))
        return rung(found)

    def nobody(found: Conversation) -> Announcement:
        return Announcement("desk", "taken", {}, metadata={"by": "nobody"}, admit=("eve", "nobody"))

    for decide, error in ((stranger, Forbidden), (nobody, NotFound)):
        with pytest.raises(error):
            await chat.announcements.announce(conversation_id, decide)
    with pytest.raises(Forbidden):
        await chat.announcements.announce("0" * 24, rung)
    assert chat.recorder.take() == []
    async with chat.store.reading() as tx:
        conversation = await tx.conversation(conversation_id)
    assert conversation is not None
    assert (conversation.revision, conversation.metadata) == (1, {})
    assert conversation.participant("eve") is None


async def test_of_two_who_decide_at_once_one_comes_second(chat: Chat) -> None:
    """What one has decided is what the other finds."""
    conversation_id = await chat.group("ann", "bob")

    def take(found: Conversation) -> Announcement:
        if "by" in found.metadata:
            raise Conflict("taken")
        return Announcement("desk", "taken", {}, metadata={"by": "somebody"})

    done = await asyncio.gather(
        *(chat.announcements.announce(conversation_id, take) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(each, Conversation) for each in done) == 1
    assert sum(isinstance(each, Conflict) for each in done) == 4
    assert await chat.conversations.get(caller("ann"), conversation_id)
