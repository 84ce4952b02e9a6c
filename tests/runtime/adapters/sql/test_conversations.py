"""Conversations and participants."""

from dataclasses import replace

import pytest
from doubles.chat import Chat, called, caller

from palaver_runtime.adapters.sql.conversations import direct_key
from palaver_runtime.domain.values import Conversation, ConversationType, Participant, Position, Role
from palaver_runtime.ports import Bearings, Place, Standing

PEOPLE = ("zoe", "ann", "bob")


def conversation(chat: Chat, **changes: object) -> Conversation:
    """Give a conversation of zoe, ann and bob."""
    now = chat.clock.now()
    made = Conversation(
        id="c1",
        type=ConversationType.GROUP,
        name="Plans",
        metadata={"z": 1, "a": ["\0", "😀", 12345678901234567890123, None, 0.1], "": {}},
        created_by="zoe",
        created_at=now,
        updated_at=now,
        active_at=now,
        revision=1,
        sequence=0,
        participants=tuple(
            Participant(
                user_id=each,
                role=Role.OWNER if each == "zoe" else Role.MEMBER,
                joined_at=now,
                profile=called(each),
            )
            for each in PEOPLE
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def test_conversation_comes_back_as_added(chat: Chat) -> None:
    """Everything of a conversation is kept: any JSON in its metadata, key order, participants in order."""
    await chat.people(*PEOPLE)
    added = conversation(chat)
    async with chat.store.writing() as tx:
        assert await tx.add_conversation(added)
    async with chat.store.reading() as tx:
        found = await tx.conversation("c1")
        assert found == added
        assert found is not None
        assert list(found.metadata) == ["z", "a", ""]
        assert await tx.conversation("c2") is None
        assert await tx.participant("c1", "ann") == added.participants[1]
        assert await tx.participant("c1", "eve") is None
        assert await tx.position("c1") == Position(revision=1, sequence=0)
        assert await tx.position("c2") is None


async def test_bearings_are_those_of_a_participant(chat: Chat) -> None:
    """They have the counters and the place of a message, of whatever conversation it is; nobody else gets any."""
    await chat.people("ann", "bob", "eve")
    here, elsewhere = await chat.group("ann", "bob"), await chat.group("eve")
    sent, other = await chat.say("ann", here), await chat.say("eve", elsewhere)
    await chat.messages.edit(caller("ann"), sent.id, "edited")
    async with chat.store.reading() as tx:
        position = Position(revision=3, sequence=1)
        assert await tx.bearings(here, "bob", sent.id) == Bearings(position, Place(here, 1, 2))
        assert await tx.bearings(here, "bob", other.id) == Bearings(position, Place(elsewhere, 1, 2))
        assert await tx.bearings(here, "bob", "m0") == await tx.bearings(here, "bob", None) == Bearings(position, None)
        assert await tx.bearings(here, "eve", sent.id) is None
        assert await tx.bearings("c0", "ann", sent.id) is None


@pytest.mark.parametrize("public", [True, False])
async def test_public_is_kept(chat: Chat, public: bool) -> None:
    """A conversation is public or not, as it was added, whatever is changed about it."""
    await chat.people(*PEOPLE)
    added = conversation(chat, public=public)
    async with chat.store.writing() as tx:
        await tx.add_conversation(added)
        assert await tx.conversation("c1") == added
        await tx.update_conversation("c1", "new", {}, added.updated_at)
        assert await tx.conversation("c1") == replace(added, name="new", metadata={})


async def test_conversation_is_added_once(chat: Chat) -> None:
    """A second one of the same identifier is refused, and the first stays as it is."""
    await chat.people(*PEOPLE)
    first = conversation(chat)
    async with chat.store.writing() as tx:
        assert await tx.add_conversation(first)
        assert not await tx.add_conversation(replace(first, name="other", participants=first.participants[:1]))
        assert await tx.conversation("c1") == first


async def test_two_people_have_one_direct_conversation(chat: Chat) -> None:
    """A second direct conversation of two people is refused, in either order; a group of the same two is not."""
    await chat.people(*PEOPLE)
    first = conversation(chat, type=ConversationType.DIRECT, participants=conversation(chat).participants[:2])
    async with chat.store.writing() as tx:
        assert await tx.add_conversation(first)
        assert not await tx.add_conversation(replace(first, id="c2", participants=first.participants[::-1]))
        assert await tx.add_conversation(replace(first, id="c3", type=ConversationType.GROUP))
        assert await tx.conversation("c2") is None
        assert await tx.direct_conversation("ann", "zoe") == first
        assert await tx.direct_conversation("ann", "bob") is None


@pytest.mark.parametrize(("one", "other"), [(("a", "b:c"), ("a:b", "c")), (("ab", "c"), ("a", "bc"))])
def test_direct_keys_of_different_pairs_differ(one: tuple[str, str], other: tuple[str, str]) -> None:
    """The key depends on the two people and not on their order."""
    assert direct_key(*one) == direct_key(*one[::-1])
    assert direct_key(*one) != direct_key(*other)


async def test_advance_takes_the_next_numbers(chat: Chat) -> None:
    """Every change takes the next revision and nothing else."""
    await chat.people(*PEOPLE)
    async with chat.store.writing() as tx:
        before = conversation(chat)
        await tx.add_conversation(before)
        assert [await tx.advance("c1") for _ in range(2)] == [2, 3]
        assert await tx.conversation("c1") == replace(before, revision=3)


async def test_lock_tells_whether_there_is_a_conversation(chat: Chat) -> None:
    """Locking what is not there is said to be so."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    async with chat.store.writing() as tx:
        assert await tx.lock(conversation_id)
        assert not await tx.lock("c2")


async def test_participants_come_and_go(chat: Chat) -> None:
    """Who is added is last and there once; who is removed is gone, and last again when added again."""
    await chat.people(*PEOPLE, "eve")
    now = chat.clock.now()
    eve, zoe = (Participant(user_id=each, role=Role.MEMBER, joined_at=now) for each in ("eve", "zoe"))
    async with chat.store.writing() as tx:
        await tx.add_conversation(conversation(chat))
        assert await tx.add_participant("c1", eve, read_sequence=0, joined_revision=2)
        assert not await tx.add_participant("c1", eve, read_sequence=0, joined_revision=2)
        assert await tx.remove_participant("c1", "zoe")
        assert not await tx.remove_participant("c1", "zoe")
        assert await tx.add_participant("c1", zoe, read_sequence=0, joined_revision=2)
        await tx.set_role("c1", "ann", Role.OWNER)
        found = await tx.conversation("c1")
    assert found is not None
    assert [(each.user_id, each.role) for each in found.participants] == [
        ("ann", Role.OWNER),
        ("bob", Role.MEMBER),
        ("eve", Role.MEMBER),
        ("zoe", Role.MEMBER),
    ]


async def test_update_sets_name_and_metadata(chat: Chat) -> None:
    """Name, metadata and the time of the update are replaced, and nothing else is."""
    await chat.people(*PEOPLE)
    before = conversation(chat)
    later = chat.clock.advance(seconds=1)
    async with chat.store.writing() as tx:
        await tx.add_conversation(before)
        await tx.update_conversation("c1", None, {"new": True}, later)
        assert await tx.conversation("c1") == replace(before, name=None, metadata={"new": True}, updated_at=later)


async def test_memberships_are_those_of_the_user(chat: Chat) -> None:
    """A user's conversations come with their present revisions; those of others do not."""
    await chat.people(*PEOPLE)
    one, two = await chat.group("ann", "bob"), await chat.group("bob")
    await chat.say("bob", one)
    async with chat.store.reading() as tx:
        assert await tx.memberships("ann") == {one: 2}
        assert await tx.memberships("bob") == {one: 2, two: 1}
        assert await tx.memberships("zoe") == {}


async def test_sharing_a_conversation(chat: Chat) -> None:
    """Two users share a conversation when both are in it, whatever others there are."""
    await chat.people(*PEOPLE)
    await chat.group("ann", "bob")
    await chat.group("bob", "zoe")
    async with chat.store.reading() as tx:
        assert await tx.share_conversation("ann", "bob")
        assert await tx.share_conversation("bob", "ann")
        assert not await tx.share_conversation("ann", "zoe")
        assert not await tx.share_conversation("ann", "nobody")


async def test_standings_say_since_when_and_how_far(chat: Chat) -> None:
    """A standing has the revision of the creation or of the latest addition, and the present one."""
    await chat.people(*PEOPLE)
    one, two = await chat.group("ann", "bob"), await chat.group("bob", "zoe")
    await chat.say("bob", one)
    for _ in range(2):
        await chat.conversations.add(caller("ann"), one, "zoe")
        await chat.conversations.remove(caller("ann"), one, "zoe")
    await chat.conversations.add(caller("ann"), one, "zoe")
    async with chat.store.reading() as tx:
        found = await tx.standings(["zoe", "nobody", "bob"])
        assert await tx.standings([]) == ()
    assert sorted(found, key=lambda each: (each.user_id, each.revision)) == [
        Standing(user_id="bob", conversation_id=two, joined_revision=1, revision=1),
        Standing(user_id="bob", conversation_id=one, joined_revision=1, revision=7),
        Standing(user_id="zoe", conversation_id=two, joined_revision=1, revision=1),
        Standing(user_id="zoe", conversation_id=one, joined_revision=7, revision=7),
    ]


async def test_revisions_are_the_present_ones(chat: Chat) -> None:
    """Those of the conversations that are there, and no others."""
    await chat.people(*PEOPLE)
    one, two, _ = [await chat.group("ann") for _ in range(3)]
    await chat.say("ann", one)
    async with chat.store.reading() as tx:
        assert await tx.revisions([one, two, "c0"]) == {one: 2, two: 1}
        assert await tx.revisions([]) == {}


async def test_what_moved_is_told_from_what_is_known(chat: Chat) -> None:
    """Those whose revision is another one than is given, of those that are there."""
    await chat.people(*PEOPLE)
    one, two, three = [await chat.group("ann") for _ in range(3)]
    await chat.say("ann", one)
    async with chat.store.reading() as tx:
        assert await tx.moved({one: 2, two: 1, three: 1, "c0": 1}) == {}
        assert await tx.moved({one: 1, two: 1, three: 5, "c0": 9}) == {one: 2, three: 1}
        assert await tx.moved({}) == {}


async def test_who_is_in_another_number_of_conversations(chat: Chat) -> None:
    """More or fewer than is given, or none; nobody is in none."""
    await chat.people(*PEOPLE)
    one, _ = await chat.group("ann", "bob"), await chat.group("ann")
    await chat.conversations.remove(caller("ann"), one, "bob")
    async with chat.store.reading() as tx:
        assert await tx.miscounted({"ann": 2, "bob": 0, "zoe": 0, "nobody": 0}) == frozenset()
        assert await tx.miscounted({"ann": 1, "bob": 1, "zoe": 0, "nobody": 1}) == {"ann", "bob", "nobody"}
        assert await tx.miscounted({}) == frozenset()
