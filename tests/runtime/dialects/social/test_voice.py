"""What the social dialect says over its connections."""

from datetime import UTC, datetime

import pytest
from doubles.acknowledged import read, told
from doubles.gateway import handshake

from palaver_runtime.dialects.social.voice import SocialVoice
from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.domain.events import TypingChanged
from palaver_runtime.transports.sockets import Handshake

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "token"),
    [
        (handshake(), None),
        (handshake({"token": "a"}, headers={"authorization": "Bearer h"}), "a"),
        (handshake({"token": ""}, headers={"authorization": "Bearer h"}), "h"),
        (handshake({"token": ["a"]}, headers={"authorization": "Bearer h"}), None),
        # The query is not a place for it on this wire.
        (handshake(query={"token": "q"}), None),
        (handshake(query={"token": "q"}, headers={"authorization": "Bearer h"}), "h"),
        (handshake(headers={"authorization": "Basic h"}), None),
    ],
)
def test_first_place_with_a_token_counts(given: Handshake, token: str | None) -> None:
    """`auth`, then the header."""
    assert SocialVoice().token(given) == token


@pytest.mark.parametrize("acknowledged", [True, False])
def test_every_refusal_is_an_event_too(acknowledged: bool) -> None:
    """Whether an acknowledgement was asked for or not."""
    name, payload = told(SocialVoice().error(Forbidden("no"), AT, "mark_read", acknowledged=acknowledged))
    assert (name, payload["code"], payload["originalEvent"]) == ("error", "FORBIDDEN", "mark_read")
    assert read(SocialVoice().refused(Forbidden("no"))) == {
        "success": False,
        "error": {"code": "FORBIDDEN", "message": "no"},
    }


def test_both_sides_hear_the_same() -> None:
    """Nothing that this wire can tell is about one user in particular."""
    others, themselves = SocialVoice().notifications(
        TypingChanged(conversation_id="c" * 24, user_id="bob", active=True, at=AT)
    )
    assert others == themselves
    assert others is not None
