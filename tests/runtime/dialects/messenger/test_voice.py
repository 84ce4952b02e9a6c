"""What the messenger says over its connections."""

from datetime import UTC, datetime

import pytest
from doubles.acknowledged import read, told
from doubles.gateway import handshake

from palaver_runtime.dialects.messenger.voice import MessengerVoice
from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.domain.events import ParticipantRemoved, PresenceChanged
from palaver_runtime.transports.sockets import Handshake

AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "token"),
    [
        (handshake(), None),
        (handshake({"token": "a"}, headers={"authorization": "Bearer h"}), "a"),
        (handshake({"token": ""}, headers={"authorization": "Bearer h"}), "h"),
        (handshake({"token": None}, headers={"authorization": "Bearer h"}), "h"),
        # What is offered in the first place and is no text does not make way for the second.
        (handshake({"token": ["a"]}, headers={"authorization": "Bearer h"}), None),
        # The query is no place for it.
        (handshake(query={"token": "q"}), None),
        (handshake(headers={"authorization": "Basic h"}), None),
    ],
)
def test_first_place_with_a_token_counts(given: Handshake, token: str | None) -> None:
    """`auth`, then the header."""
    assert MessengerVoice().token(given) == token


def test_refusal_is_told_once() -> None:
    """By the acknowledgement if one was asked for, else by an event."""
    voice = MessengerVoice()
    assert voice.error(Forbidden("no"), AT, "message:send", acknowledged=True) is None
    assert read(voice.refused(Forbidden("no"))) == {"error": "no", "code": "FORBIDDEN"}
    name, payload = told(voice.error(Forbidden("no"), AT, "message:send", acknowledged=False))
    assert (name, payload["error"], payload["originalEvent"]) == ("error", "no", "message:send")


def test_everybody_hears_the_same() -> None:
    """The user whom it is about has no words of their own here."""
    online = PresenceChanged(conversation_id="c", user_id="bob", online=True, at=AT)
    others, themselves = MessengerVoice().notifications(online)
    assert told(others) == told(themselves) == ("status:online", {"userId": "bob"})
    removed = ParticipantRemoved(conversation_id="c", revision=2, user_id="bob", at=AT)
    assert MessengerVoice().notifications(removed) == (None, None)
