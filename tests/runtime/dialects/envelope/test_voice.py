"""What the envelope says over its connections."""

from datetime import UTC, datetime

import pytest
from doubles.acknowledged import told
from doubles.gateway import handshake

from palaver_runtime.dialects.envelope.voice import EnvelopeVoice
from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.transports.sockets import NO_ACK, Handshake

AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "token"),
    [
        (handshake(), None),
        (handshake(None, {"token": "q"}, {"authorization": "Bearer h"}), "q"),
        (handshake(None, {"token": ""}, {"authorization": "Bearer h"}), "h"),
        (handshake({"token": "a"}), None),
        (handshake(headers={"authorization": "Basic h"}), None),
    ],
)
def test_first_place_with_a_token_counts(given: Handshake, token: str | None) -> None:
    """The query, then the header."""
    assert EnvelopeVoice().token(given) == token


def test_every_refusal_is_a_frame() -> None:
    """Nothing is acknowledged, and an `error` frame names the type of what is refused."""
    name, frame = told(EnvelopeVoice().error(Forbidden("no"), AT, "sendMessage", acknowledged=False))
    assert (name, frame) == (
        "error",
        {
            "type": "error",
            "payload": {
                "code": "FORBIDDEN",
                "message": "no",
                "timestamp": "2026-01-02T00:00:00.000Z",
                "originalType": "sendMessage",
            },
        },
    )
    assert EnvelopeVoice().refused(Forbidden("no")) is NO_ACK
