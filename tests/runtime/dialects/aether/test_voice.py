"""What aether says over its connections."""

from datetime import UTC, datetime

import pytest
from doubles.acknowledged import told
from doubles.gateway import handshake

from palaver_runtime.dialects.aether.voice import AetherVoice
from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.transports.sockets import NO_ACK, Handshake

AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "token"),
    [
        (handshake({"token": "a"}, {"token": "q"}, {"authorization": "Bearer h"}), "a"),
        (handshake({}, {"token": "q"}, {"authorization": "Bearer h"}), None),
        (handshake({"token": ["a"]}, {"token": "q"}), None),
        (handshake(), None),
    ],
)
def test_only_auth_has_a_token(given: Handshake, token: str | None) -> None:
    """Neither the query nor a header counts."""
    assert AetherVoice().token(given) == token


@pytest.mark.parametrize("acknowledged", [True, False])
def test_refusal_is_an_event_and_nothing_else(acknowledged: bool) -> None:
    """An acknowledgement says nothing, asked for or not."""
    name, payload = told(AetherVoice().error(Forbidden("no"), AT, "send_message", acknowledged=acknowledged))
    assert (name, payload["code"], payload["originalEvent"]) == ("error", "FORBIDDEN", "send_message")
    assert AetherVoice().refused(Forbidden("no")) is NO_ACK
