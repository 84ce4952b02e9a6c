"""Conversations and who is in them."""

import pytest
from doubles.chat import Chat, called, caller

from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.errors import Conflict, Forbidden, Invalid, NotFound
from palaver_runtime.domain.events import (
    ConversationCreated,
    ConversationUpdated,
    ParticipantAdded,
    ParticipantRemoved,
    TypingChanged,
)
from palaver_runtime.domain.identifiers import id_of_name
from palaver_runtime.domain.values import Conversation, ConversationType, Role
from palaver_runtime.services.capacity import Capacity

ANN, BOB, EVE = caller("ann"), caller("bob"), caller("eve")
GROUP, DIRECT = ConversationType.GROUP, ConversationType.DIRECT


@pytest.fixture(autouse=True)
async def people(chat: Chat) -> None:
    """Four users."""
    await chat.people("ann", "bob", "eve", "zoe")


async def found(chat: Chat, conversation_id: str) -> Conversation:
    """Read a conversation."""
    async with chat.store.reading() as tx:
        conversation = await tx.conversation(conversation_id)
    assert conversation is not None
    return conversation


async def test_creator_owns_the_group_and_everybody_is_told(chat: Chat) -> None:
    """The caller is the owner and first, others are members in the order given, each once; it is told as stored."""
    command = CreateConversation(type=GROUP, user_ids=("eve", "bob", "eve", "ann"), name="Plans", metadata={"a": 1})
    conversation, new = await chat.conversations.create(ANN, command)
    assert new
    assert [(each.user_id, each.role) for each in conversation.participants] == [
        ("ann", Role.OWNER),
        ("eve", Role.MEMBER),
        ("bob", Role.MEMBER),
    ]
    assert (conversation.name, conversation.metadata, conversation.revision) == ("Plans", {"a": 1}, 1)
    assert await found(chat, conversation.id) == conversation
    assert chat.recorder.events == [
        ConversationCreated(conversation_id=conversation.id, revision=1, conversation=conversation)
    ]


async def test_group_may_be_of_one(chat: Chat) -> None:
    """A group without others is one to add people to."""
    conversation, _ = await chat.conversations.create(ANN, CreateConversation(type=GROUP, user_ids=()))
    assert [each.user_id for each in conversation.participants] == ["ann"]


async def test_direct_conversation_is_there_once(chat: Chat) -> None:
    """Whoever of the two asks again gets the same one, and nobody is told again."""
    first, new = await chat.conversations.create(ANN, CreateConversation(type=DIRECT, user_ids=("bob",)))
    assert new
    chat.recorder.take()
    second, new = await chat.conversations.create(BOB, CreateConversation(type=DIRECT, user_ids=("ann",)))
    assert (second, new) == (first, False)
    assert chat.recorder.events == []


@pytest.mark.parametrize("user_ids", [(), ("ann",), ("bob", "eve")])
async def test_direct_conversation_is_between_two(chat: Chat, user_ids: tuple[str, ...]) -> None:
    """Nobody talks directly to nobody, to themselves alone, or to two."""
    with pytest.raises(Invalid):
        await chat.conversations.create(ANN, CreateConversation(type=DIRECT, user_ids=user_ids))


async def test_direct_conversation_has_no_name(chat: Chat) -> None:
    """A name for a direct conversation is refused."""
    with pytest.raises(Invalid):
        await chat.conversations.create(ANN, CreateConversation(type=DIRECT, user_ids=("bob",), name="x"))


async def test_public_conversation_is_a_group(chat: Chat) -> None:
    """A group is private unless it is asked for as public, and stays what it is; a direct conversation never is."""
    private, _ = await chat.conversations.create(ANN, CreateConversation(type=GROUP, user_ids=()))
    public, _ = await chat.conversations.create(ANN, CreateConversation(type=GROUP, user_ids=(), public=True))
    assert (private.public, public.public) == (False, True)
    assert (await chat.conversations.update(ANN, public.id, "x", None)).public
    assert (await found(chat, private.id), (await found(chat, public.id)).public) == (private, True)
    with pytest.raises(Invalid):
        await chat.conversations.create(ANN, CreateConversation(type=DIRECT, user_ids=("bob",), public=True))
    assert await chat.conversations.rooms(BOB, 9) == (await found(chat, public.id),)


async def test_others_must_exist(chat: Chat) -> None:
    """Nothing is created with somebody who is not there, and the message says who."""
    with pytest.raises(NotFound, match="nobody"):
        await chat.conversations.create(ANN, CreateConversation(type=GROUP, user_ids=("bob", "nobody")))
    assert await chat.conversations.listing(ANN, None, 10) == ((), None)


async def test_strangers_learn_nothing(chat: Chat) -> None:
    """For who is not in it, a conversation answers as one that does not exist, whatever is asked."""
    conversation_id = await chat.group("ann", "bob")
    answers = set()
    for place in (conversation_id, "c0"):
        for attempt in (
            chat.conversations.get(EVE, place),
            chat.conversations.admit(EVE, place),
            chat.conversations.update(EVE, place, "x", None),
            chat.conversations.add(EVE, place, "zoe"),
            chat.conversations.remove(EVE, place, "bob"),
            chat.conversations.leave(EVE, place),
        ):
            with pytest.raises(Forbidden) as caught:
                await attempt
            answers.add(caught.value.message)
    assert len(answers) == 1
    assert chat.recorder.events == []
    await chat.conversations.admit(BOB, conversation_id)


async def test_view_is_a_conversation_with_its_newest_messages(chat: Chat) -> None:
    """As many messages as asked for, the newest in ascending order, with the caller's unread count of all of them."""
    conversation_id = await chat.group("ann", "bob")
    sent = [await chat.say("ann", conversation_id, str(number)) for number in range(3)]
    summary, messages = await chat.conversations.view(BOB, conversation_id, 2)
    assert messages == tuple(sent[1:])
    assert (summary.conversation.id, summary.last_message, summary.unread) == (conversation_id, sent[2], 3)
    with pytest.raises(Forbidden):
        await chat.conversations.view(EVE, conversation_id, 2)


async def test_listing_pages_to_its_end(chat: Chat) -> None:
    """Pages follow each other by the place they give; the last one gives none."""
    ids = [await chat.group("ann") for _ in range(5)][::-1]
    seen: list[str] = []
    place, sizes = None, []
    for _ in range(3):
        page, place = await chat.conversations.listing(ANN, place, 2)
        seen += [each.conversation.id for each in page]
        sizes.append(len(page))
    assert (seen, sizes, place) == (ids, [2, 2, 1], None)
    page, place = await chat.conversations.listing(ANN, None, 5)
    assert (len(page), place) == (5, None)


async def test_owner_updates_name_and_metadata(chat: Chat) -> None:
    """What is not given stays; the update is stored, numbered and told."""
    conversation_id = await chat.group("ann", "bob")
    chat.clock.advance(seconds=1)
    await chat.conversations.update(ANN, conversation_id, "Plans", None)
    updated = await chat.conversations.update(ANN, conversation_id, None, {"a": 1})
    assert (updated.name, updated.metadata, updated.revision) == ("Plans", {"a": 1}, 3)
    assert updated.updated_at == chat.clock.now()
    assert await found(chat, conversation_id) == updated
    assert chat.recorder.events[-1] == ConversationUpdated(
        conversation_id=conversation_id, revision=3, conversation=updated
    )


async def test_members_cannot_administer(chat: Chat) -> None:
    """Only the owner updates, adds and removes."""
    conversation_id = await chat.group("ann", "bob", "eve")
    for attempt in (
        chat.conversations.update(BOB, conversation_id, "x", None),
        chat.conversations.add(BOB, conversation_id, "zoe"),
        chat.conversations.remove(BOB, conversation_id, "eve"),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert chat.recorder.events == []


async def test_direct_conversation_cannot_be_changed(chat: Chat) -> None:
    """Nobody joins, leaves or names a direct conversation, its creator included."""
    conversation_id = await chat.direct("ann", "bob")
    for attempt in (
        chat.conversations.update(ANN, conversation_id, "x", None),
        chat.conversations.add(ANN, conversation_id, "eve"),
        chat.conversations.remove(ANN, conversation_id, "bob"),
        chat.conversations.leave(ANN, conversation_id),
        chat.conversations.leave(BOB, conversation_id),
    ):
        with pytest.raises(Conflict):
            await attempt
    assert (await found(chat, conversation_id)).revision == 1


async def test_added_participant_is_told_and_has_nothing_unread(chat: Chat) -> None:
    """Who is added is a member, last, with all earlier messages read; the event carries all participants."""
    conversation_id = await chat.group("ann", "bob")
    await chat.say("ann", conversation_id)
    chat.recorder.take()
    participant = await chat.conversations.add(ANN, conversation_id, "eve")
    assert (participant.user_id, participant.role) == ("eve", Role.MEMBER)
    conversation = await found(chat, conversation_id)
    assert conversation.participants[-1] == participant
    assert chat.recorder.events == [
        ParticipantAdded(
            conversation_id=conversation_id,
            revision=3,
            conversation=conversation,
            user_id="eve",
            profile=called("eve"),
            at=chat.clock.now(),
        )
    ]
    assert (await chat.receipts.unread(EVE, conversation_id)).unread == 0


async def test_addition_must_make_sense(chat: Chat) -> None:
    """Nobody unknown, nobody twice, and not more than allowed; no revision is used up."""
    conversation_id = await chat.group("ann", "bob")
    with pytest.raises(NotFound):
        await chat.conversations.add(ANN, conversation_id, "nobody")
    with pytest.raises(Conflict, match="already"):
        await chat.conversations.add(ANN, conversation_id, "bob")
    chat.conversations.capacity = Capacity(members=2)
    with pytest.raises(Conflict, match="at most 2"):
        await chat.conversations.add(ANN, conversation_id, "eve")
    assert (await found(chat, conversation_id)).revision == 1
    assert chat.recorder.events == []


async def test_removed_participant_stops_typing_and_is_gone(chat: Chat) -> None:
    """A removal is told after the user's typing is ended, and the user is out."""
    conversation_id = await chat.group("ann", "bob")
    await chat.typing.start(BOB, conversation_id, "connection")
    chat.recorder.take()
    await chat.conversations.remove(ANN, conversation_id, "bob")
    now = chat.clock.now()
    assert chat.recorder.events == [
        TypingChanged(conversation_id=conversation_id, user_id="bob", profile=called("bob"), active=False, at=now),
        ParticipantRemoved(conversation_id=conversation_id, revision=2, user_id="bob", profile=called("bob"), at=now),
    ]
    with pytest.raises(Forbidden):
        await chat.say("bob", conversation_id)
    with pytest.raises(NotFound):
        await chat.conversations.remove(ANN, conversation_id, "bob")


async def test_owner_leaves_and_does_not_remove_oneself(chat: Chat) -> None:
    """To go oneself one leaves."""
    conversation_id = await chat.group("ann", "bob")
    with pytest.raises(Conflict):
        await chat.conversations.remove(ANN, conversation_id, "ann")


async def test_longest_standing_participant_succeeds_the_owner(chat: Chat) -> None:
    """When the owner leaves, the next in order owns the group, which is told as a change of its own."""
    conversation_id = await chat.group("ann", "bob", "eve")
    await chat.conversations.leave(ANN, conversation_id)
    conversation = await found(chat, conversation_id)
    assert [(each.user_id, each.role) for each in conversation.participants] == [
        ("bob", Role.OWNER),
        ("eve", Role.MEMBER),
    ]
    assert chat.recorder.events == [
        ParticipantRemoved(
            conversation_id=conversation_id, revision=2, user_id="ann", profile=called("ann"), at=chat.clock.now()
        ),
        ConversationUpdated(conversation_id=conversation_id, revision=3, conversation=conversation),
    ]
    await chat.conversations.add(BOB, conversation_id, "zoe")


async def test_member_leaves_without_a_successor(chat: Chat) -> None:
    """When a member or the last one leaves, nothing else changes."""
    conversation_id = await chat.group("ann", "bob")
    for who in (BOB, ANN):
        await chat.conversations.leave(who, conversation_id)
    assert [type(each) for each in chat.recorder.events] == [ParticipantRemoved, ParticipantRemoved]
    assert (await found(chat, conversation_id)).participants == ()


async def room(chat: Chat, owner: str = "ann") -> str:
    """Create a public group and forget that it was told; give its identifier."""
    command = CreateConversation(type=GROUP, user_ids=(), public=True)
    conversation, _ = await chat.conversations.create(caller(owner), command)
    chat.recorder.take()
    return conversation.id


async def test_everybody_joins_a_public_conversation(chat: Chat) -> None:
    """Who joins is a member, told of as if added, with nothing unread, and may do what participants do."""
    conversation_id = await room(chat)
    await chat.say("ann", conversation_id)
    chat.recorder.take()
    joined = await chat.conversations.join(BOB, conversation_id)
    assert joined == await found(chat, conversation_id)
    assert [(each.user_id, each.role) for each in joined.participants] == [("ann", Role.OWNER), ("bob", Role.MEMBER)]
    assert chat.recorder.take() == [
        ParticipantAdded(
            conversation_id=conversation_id,
            revision=3,
            conversation=joined,
            user_id="bob",
            profile=called("bob"),
            at=chat.clock.now(),
        )
    ]
    assert (await chat.receipts.unread(BOB, conversation_id)).unread == 0
    await chat.say("ann", conversation_id)
    assert (await chat.receipts.unread(BOB, conversation_id)).unread == 1
    await chat.say("bob", conversation_id)


async def test_participant_who_joins_again_changes_nothing(chat: Chat) -> None:
    """Be the conversation public, private or direct, and whatever name it would be created under."""
    for conversation_id in (await room(chat), await chat.group("ann", "bob"), await chat.direct("ann", "bob")):
        before = await found(chat, conversation_id)
        assert await chat.conversations.join(ANN, conversation_id) == before
        assert await chat.conversations.join(ANN, conversation_id, create_as="x") == before
        assert await found(chat, conversation_id) == before
    assert chat.recorder.events == []


async def test_nobody_joins_a_private_conversation(chat: Chat) -> None:
    """It answers as to any stranger, also to who would create it, and like what is not there."""
    for conversation_id in (await chat.group("ann", "bob"), await chat.direct("ann", "bob")):
        for attempt in (
            chat.conversations.join(EVE, conversation_id),
            chat.conversations.join(EVE, conversation_id, create_as="general"),
        ):
            with pytest.raises(Forbidden, match="not a participant"):
                await attempt
    with pytest.raises(Forbidden, match="not a participant"):
        await chat.conversations.join(EVE, "c0")
    assert chat.recorder.events == []


async def test_missing_conversation_is_created_under_its_name(chat: Chat) -> None:
    """The first to join creates it, public and its own; the next one comes into the same."""
    conversation_id = id_of_name("general")
    created = await chat.conversations.join(ANN, conversation_id, create_as="general")
    assert (created.id, created.name, created.type, created.public) == (conversation_id, "general", GROUP, True)
    assert [(each.user_id, each.role) for each in created.participants] == [("ann", Role.OWNER)]
    assert await found(chat, conversation_id) == created
    assert chat.recorder.take() == [
        ConversationCreated(conversation_id=conversation_id, revision=1, conversation=created)
    ]
    joined = await chat.conversations.join(BOB, conversation_id, create_as="general")
    assert [each.role for each in joined.participants] == [Role.OWNER, Role.MEMBER]
    assert [type(each) for each in chat.recorder.events] == [ParticipantAdded]


async def test_who_left_may_join_again(chat: Chat) -> None:
    """What was said meanwhile is not unread; who was removed may come again as well."""
    conversation_id = await room(chat)
    for go in (
        lambda: chat.conversations.leave(BOB, conversation_id),
        lambda: chat.conversations.remove(ANN, conversation_id, "bob"),
    ):
        await chat.conversations.join(BOB, conversation_id)
        await go()
        with pytest.raises(Forbidden):
            await chat.say("bob", conversation_id)
        await chat.say("ann", conversation_id)
    joined = await chat.conversations.join(BOB, conversation_id)
    assert joined.participants[-1].role is Role.MEMBER
    assert (await chat.receipts.unread(BOB, conversation_id)).unread == 0


async def test_public_conversation_that_everybody_left_gets_a_new_owner(chat: Chat) -> None:
    """It stays where it is, with all that was said, and who comes first owns it."""
    conversation_id = await room(chat)
    await chat.say("ann", conversation_id)
    await chat.conversations.leave(ANN, conversation_id)
    chat.recorder.take()
    (left,) = await chat.conversations.rooms(BOB, 9)
    assert (left.id, left.participants) == (conversation_id, ())
    joined = await chat.conversations.join(BOB, conversation_id, create_as="other")
    assert (joined.name, joined.sequence) == (None, 1)
    assert [(each.user_id, each.role) for each in joined.participants] == [("bob", Role.OWNER)]
    joined = await chat.conversations.join(ANN, conversation_id)
    assert [each.role for each in joined.participants] == [Role.OWNER, Role.MEMBER]
    assert [type(each) for each in chat.recorder.events] == [ParticipantAdded, ParticipantAdded]
    await chat.conversations.update(BOB, conversation_id, "mine", None)


async def test_joining_is_limited_as_adding_is(chat: Chat) -> None:
    """A full conversation takes nobody else; who is in finds oneself there."""
    conversation_id = await room(chat)
    chat.conversations.capacity = Capacity(members=1)
    with pytest.raises(Conflict, match="at most 1"):
        await chat.conversations.join(BOB, conversation_id)
    await chat.conversations.join(ANN, conversation_id)
    assert chat.recorder.events == []


async def test_public_conversation_is_a_strangers_by_joining_alone(chat: Chat) -> None:
    """Nothing else is open to who has not joined, and no listing but that of rooms shows it."""
    conversation_id = await room(chat)
    message = await chat.say("ann", conversation_id)
    for attempt in (
        chat.conversations.get(BOB, conversation_id),
        chat.conversations.admit(BOB, conversation_id),
        chat.conversations.add(BOB, conversation_id, "eve"),
        chat.conversations.leave(BOB, conversation_id),
        chat.messages.history(BOB, conversation_id, limit=9),
        chat.messages.page(BOB, conversation_id, 1, 9),
        chat.receipts.mark(BOB, conversation_id, message.id),
        chat.typing.start(BOB, conversation_id, "connection"),
        chat.presence.online(BOB, conversation_id),
        chat.say("bob", conversation_id),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert await chat.conversations.listing(BOB, None, 9) == ((), None)
    assert [each.id for each in await chat.conversations.rooms(BOB, 9)] == [conversation_id]
