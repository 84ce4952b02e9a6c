"""Which connections an event is for."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from doubles.delivery import conversation

from palaver_runtime.delivery.audience import Member, recipients
from palaver_runtime.domain.events import (
    ConversationCreated,
    Event,
    ParticipantAdded,
    ParticipantRemoved,
    PresenceChanged,
    ReadMarked,
    Superseded,
    TypingChanged,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)


class Nowhere:
    """An outlet that is never written to."""

    def deliver(self, event: Event, members: Sequence[Member]) -> None:
        """Fail: choosing writes nothing."""
        raise AssertionError(event, members)

    def dismiss(self, member: Member, reason: str) -> None:
        """Fail: choosing closes nothing."""
        raise AssertionError(member, reason)


def member(user_id: str, *muted: str) -> Member:
    """Make a connection of a user that has left some conversations for now."""
    made = Member(id=f"{user_id}-1", user_id=user_id, session_id=None, outlet=Nowhere())
    made.muted.update(muted)
    return made


def selective(user_id: str, *entered: str) -> Member:
    """Make a connection that hears only what it has entered."""
    made = Member(id=f"{user_id}-1", user_id=user_id, session_id=None, outlet=Nowhere(), selective=True)
    made.entered.update(entered)
    return made


def users(event: Event, followers: list[Member]) -> list[str]:
    """Name whom an event of conversation c is for."""
    return [each.user_id for each in recipients(event, "c", followers)]


def test_a_change_is_for_all_who_listen() -> None:
    """A change reaches every follower that has not left the conversation on its connection."""
    event = Superseded(conversation_id="c", revision=1)
    assert users(event, [member("a"), member("b", "c"), member("d", "other")]) == ["a", "d"]


def test_what_somebody_does_now_is_no_news_to_themselves() -> None:
    """Typing and presence reach the others only, a receipt everybody, as one's own devices need it."""
    followers = [member("a"), member("a"), member("b"), member("d", "c")]
    assert users(TypingChanged(conversation_id="c", user_id="a", active=True, at=NOW), followers) == ["b"]
    assert users(PresenceChanged(conversation_id="c", user_id="a", online=True, at=NOW), followers) == ["b"]
    receipt = ReadMarked(conversation_id="c", user_id="a", message_id="m", sequence=1, at=NOW)
    assert users(receipt, followers) == ["a", "a", "b"]


def test_ones_own_membership_reaches_even_a_muted_connection() -> None:
    """Who is removed is told on every connection; the others only where they listen."""
    event = ParticipantRemoved(conversation_id="c", revision=2, user_id="a", at=NOW)
    assert users(event, [member("a", "c"), member("b", "c"), member("d")]) == ["a", "d"]


@pytest.mark.parametrize(
    "event",
    [
        Superseded(conversation_id="c", revision=1),
        ReadMarked(conversation_id="c", user_id="a", message_id="m", sequence=1, at=NOW),
        TypingChanged(conversation_id="c", user_id="z", active=True, at=NOW),
        PresenceChanged(conversation_id="c", user_id="z", online=True, at=NOW),
        ParticipantRemoved(conversation_id="c", revision=2, user_id="z", at=NOW),
        ParticipantAdded(conversation_id="c", revision=2, conversation=conversation("a", "z"), user_id="z", at=NOW),
    ],
)
def test_selective_connection_hears_what_it_has_entered(event: Event) -> None:
    """Of all that happens, and of no conversation that others have entered; muting holds for it as for others."""
    muted = selective("e", "c")
    muted.muted.add("c")
    followers = [selective("a", "c"), selective("b"), selective("d", "other"), member("f"), muted]
    assert users(event, followers) == ["a", "f"]


def test_ones_own_membership_reaches_a_selective_connection() -> None:
    """Who comes into a conversation or goes learns it without having entered."""
    followers = [selective("a"), selective("b")]
    created = ConversationCreated(conversation_id="c", revision=1, conversation=conversation("a", "b"))
    added = ParticipantAdded(conversation_id="c", revision=2, conversation=conversation("b", "a"), user_id="a", at=NOW)
    removed = ParticipantRemoved(conversation_id="c", revision=3, user_id="a", at=NOW)
    assert users(created, followers) == ["a", "b"]
    assert users(added, followers) == ["a"]
    assert users(removed, followers) == ["a"]


def test_connection_that_only_follows_keeps_no_sets() -> None:
    """To be asked what it hears, and to leave a conversation, makes none: each would take as much as all else of it."""
    for alone in (member("ann"), selective("ann")):
        alone._muted = alone._entered = None
        alone.following.add("c")
        assert alone.hears("c") != alone.selective
        alone.unfollow("c")
        assert (alone._muted, alone._entered, alone.following) == (None, None, set())
    left = member("ann", "c")
    left.unfollow("c")
    assert left.muted == set()
