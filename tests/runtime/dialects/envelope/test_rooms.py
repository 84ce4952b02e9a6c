"""Who is in which room, and what is held back on the way in."""

from datetime import UTC, datetime

from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects.envelope.rooms import Rooms
from palaver_runtime.domain.events import Event, MessageCreated, ParticipantRemoved, SessionEnded, TypingChanged
from palaver_runtime.domain.values import Message

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
C, D = "6565f1a2b3c4d5e6f7a8b901", "6565f1a2b3c4d5e6f7a8b902"
TYPING = TypingChanged(conversation_id=C, user_id="bob", active=True, at=AT)


class Outlet:
    """Writes nothing."""

    def deliver(self, event: Event, members: object) -> None:
        """Do nothing."""

    def dismiss(self, member: Member, reason: str) -> None:
        """Do nothing."""


def member(name: str = "c1") -> Member:
    """Make a selective connection of alice."""
    return Member(id=name, user_id="alice", session_id=None, outlet=Outlet(), selective=True)


def message(sequence: int, room: str = C) -> MessageCreated:
    """Make the event of a message."""
    made = Message(
        id=f"{sequence:024x}",
        conversation_id=room,
        sender_id="bob",
        content="x",
        sequence=sequence,
        created_revision=sequence,
        revision=sequence,
        created_at=AT,
        updated_at=AT,
    )
    return MessageCreated(conversation_id=room, revision=sequence, message=made)


def test_who_reads_is_told_nothing_meanwhile() -> None:
    """From the approach on everything is held back, and given at the entry in its order."""
    rooms, alice = Rooms(), member()
    rooms.approach(alice, C)
    assert alice.entered == {C}
    held = [message(3), TYPING, message(4)]
    assert [rooms.hearing(each, [alice]) for each in held] == [[], [], []]
    assert rooms.enter(alice, C, 2) == held
    assert [rooms.hearing(each, [alice]) for each in held] == [[alice]] * 3


def test_what_was_read_is_not_told_again() -> None:
    """Messages up to the one that was read are left out, however late they come; other events are not."""
    rooms, alice = Rooms(), member()
    rooms.approach(alice, C)
    rooms.enter(alice, C, 3)
    assert rooms.hearing(message(3), [alice]) == []
    assert rooms.hearing(message(4), [alice]) == [alice]
    assert rooms.hearing(TYPING, [alice]) == [alice]


def test_connections_are_apart() -> None:
    """What one connection reads in one room changes nothing for another, nor in another room."""
    rooms, one, two = Rooms(), member("c1"), member("c2")
    for each in (one, two):
        for room in (C, D):
            rooms.approach(each, room)
            rooms.enter(each, room, 0)
    rooms.approach(one, C)
    assert rooms.hearing(message(1), [one, two]) == [two]
    assert rooms.hearing(message(1, D), [one, two]) == [one, two]


def test_approach_that_comes_to_nothing() -> None:
    """Who was outside stays there; who was inside gets what was held back."""
    rooms, alice = Rooms(), member()
    rooms.approach(alice, C)
    rooms.hearing(message(1), [alice])
    assert rooms.retreat(alice, C) == []
    assert alice.entered == set()
    rooms.approach(alice, C)
    rooms.enter(alice, C, 0)
    rooms.approach(alice, C)
    rooms.hearing(message(1), [alice])
    assert rooms.retreat(alice, C) == [message(1)]
    assert alice.entered == {C}
    assert rooms.hearing(message(1), [alice]) == [alice]


def test_leaving_and_coming_again() -> None:
    """Who left is no member of the room, and begins anew when it enters again; to leave twice is fine."""
    rooms, alice = Rooms(), member()
    rooms.approach(alice, C)
    rooms.enter(alice, C, 5)
    for _ in range(2):
        rooms.leave(alice, C)
        assert alice.entered == set()
    rooms.approach(alice, C)
    rooms.enter(alice, C, 2)
    assert rooms.hearing(message(3), [alice]) == [alice]


def test_outside_one_hears_of_ones_own_membership() -> None:
    """The hub chooses who outside of a room is told; that is not held back here."""
    gone = ParticipantRemoved(conversation_id=C, revision=1, user_id="alice", at=AT)
    alice = member()
    assert Rooms().hearing(gone, [alice]) == [alice]


def test_end_of_a_session_is_nobodys_event() -> None:
    """It belongs to no room."""
    assert Rooms().hearing(SessionEnded(user_id="alice", session_id="s"), [member()]) == []


def test_connection_that_ended_is_forgotten() -> None:
    """Nothing is kept of it; to forget it twice is fine."""
    rooms, alice = Rooms(), member()
    rooms.approach(alice, C)
    for _ in range(2):
        rooms.forget(alice.id)
        assert rooms._entries == {}
