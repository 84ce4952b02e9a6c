"""Which rooms a connection has entered, and what it calls them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from doubles.gateway import token

from palaver_runtime.core import Core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects.aether.rooms import CLOSED, OUTSIDE, Rooms, here, join
from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.domain.events import Event, ParticipantRemoved
from palaver_runtime.domain.identifiers import id_of_name
from palaver_runtime.domain.values import Caller, Conversation, ConversationType

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
C = "6565f1a2b3c4d5e6f7a8b901"
GENERAL = id_of_name("general")


class Outlet:
    """Takes nothing."""

    def deliver(self, event: Event, members: Sequence[Member]) -> None:
        """Fail: nothing is delivered here."""
        raise AssertionError

    def dismiss(self, member: Member, reason: str) -> None:
        """Fail: nobody is dismissed here."""
        raise AssertionError


def member(name: str) -> Member:
    """Make a connection that hears what it enters."""
    return Member(id=name, user_id=f"user of {name}", session_id=None, outlet=Outlet(), selective=True)


def conversation(conversation_id: str, revision: int = 1) -> Conversation:
    """Make a conversation that stands at a revision."""
    return Conversation(
        id=conversation_id,
        type=ConversationType.GROUP,
        name=None,
        metadata={},
        created_by="somebody",
        created_at=AT,
        updated_at=AT,
        active_at=AT,
        revision=revision,
        sequence=0,
        participants=(),
    )


def test_each_connection_has_its_own_name_for_a_room() -> None:
    """They are told apart by what they called the room when they entered; who is outside is left out."""
    rooms = Rooms()
    one, two, three, outside = member("1"), member("2"), member("3"), member("4")
    rooms.enter(one, conversation(GENERAL), "general")
    rooms.enter(two, conversation(GENERAL), GENERAL)
    rooms.enter(three, conversation(GENERAL), "general")
    rooms.enter(outside, conversation(C), C)
    assert rooms.among([one, two, three, outside], GENERAL) == {"general": [one, three], GENERAL: [two]}
    assert here(one, "general") == GENERAL
    # Entering again by another name is to call it so.
    rooms.enter(one, conversation(GENERAL), GENERAL)
    assert rooms.among([one, three], GENERAL) == {GENERAL: [one], "general": [three]}


def test_who_has_left_is_outside() -> None:
    """A room that was left is not heard any more, and no other is affected; leaving twice changes nothing."""
    rooms = Rooms()
    one = member("1")
    rooms.enter(one, conversation(GENERAL), "general")
    rooms.enter(one, conversation(C), C)
    for _ in range(2):
        rooms.leave(one, GENERAL)
        assert rooms.among([one], GENERAL) == {}
        with pytest.raises(Forbidden, match=OUTSIDE):
            here(one, "general")
    assert here(one, C) == C


def test_late_removal_does_not_take_out_who_came_again() -> None:
    """A removal ends what was entered before it, of its own user alone."""
    rooms = Rooms()
    before, after, other, outside = member("1"), member("2"), member("3"), member("4")
    after.user_id = outside.user_id = before.user_id
    rooms.enter(before, conversation(GENERAL, 4), "general")
    rooms.enter(after, conversation(GENERAL, 6), "general")
    rooms.enter(other, conversation(GENERAL, 4), "general")
    removal = ParticipantRemoved(conversation_id=GENERAL, revision=5, user_id=before.user_id, at=AT)
    assert rooms.leaving([before, after, other, outside], removal) == [before]


def test_nothing_is_kept_of_a_connection_that_has_ended() -> None:
    """A connection that is gone leaves nothing behind, not even when it is left by a room later."""
    rooms = Rooms()
    one = member("1")
    rooms.enter(one, conversation(GENERAL), "general")
    rooms.forget("1")
    rooms.leave(one, GENERAL)
    rooms.forget("1")
    assert not rooms._entries


async def test_named_room_comes_to_be_when_somebody_joins(core: Core, alice: Caller, bob: Caller) -> None:
    """The first to join makes it, open to everybody and with that name; the next finds the same."""
    made = await join(core, alice, "general")
    found = await join(core, bob, "general")
    assert (made.id, made.name, made.public) == (GENERAL, "general", True)
    assert found.id == made.id
    assert [each.user_id for each in found.participants] == ["alice", "bob"]
    assert (await join(core, bob, GENERAL)).id == GENERAL


@pytest.mark.parametrize("kind", ["private", "direct", "nobody's"])
async def test_closed_rooms_look_alike(core: Core, alice: Caller, bob: Caller, kind: str) -> None:
    """Whether a private room, a direct conversation of others or nothing at all is there, the answer is one."""
    conversation_id = "0" * 24
    if kind != "nobody's":
        direct = kind == "direct"
        type_ = ConversationType.DIRECT if direct else ConversationType.GROUP
        command = CreateConversation(type=type_, user_ids=("bob",) if direct else ())
        made, _ = await core.conversations.create(alice, command)
        conversation_id = made.id
        assert (await join(core, alice, conversation_id)).id == conversation_id
    carol = await core.accounts.authenticate(token("carol"))
    with pytest.raises(Forbidden) as caught:
        await join(core, carol, conversation_id)
    assert caught.value.message == CLOSED
