"""What the gateway says over its connections."""

from datetime import UTC, datetime

import pytest
from doubles.acknowledged import read, told
from doubles.gateway import handshake

from palaver_runtime.dialects.gateway.voice import GatewayVoice
from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.transports.sockets import Handshake

AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "token"),
    [
        (handshake(), None),
        (handshake({"token": "a"}, {"token": "q"}, {"authorization": "Bearer h"}), "a"),
        (handshake({"token": ""}, {"token": "q"}, {"authorization": "Bearer h"}), "q"),
        (handshake({"token": None}, {"token": ""}, {"authorization": "Bearer h"}), "h"),
        # What is offered in an earlier place and is no text does not make way for a later one.
        (handshake({"token": ["a"]}, {"token": "q"}), None),
        (handshake(headers={"authorization": "Basic h"}), None),
    ],
)
def test_first_place_with_a_token_counts(given: Handshake, token: str | None) -> None:
    """`auth`, then the query, then the header."""
    assert GatewayVoice().token(given) == token


@pytest.mark.parametrize("acknowledged", [True, False])
def test_every_refusal_is_an_event_too(acknowledged: bool) -> None:
    """Whether an acknowledgement was asked for or not."""
    name, payload = told(GatewayVoice().error(Forbidden("no"), AT, "message:send", acknowledged=acknowledged))
    assert (name, payload["code"], payload["originalEvent"]) == ("error", "FORBIDDEN", "message:send")
    assert read(GatewayVoice().refused(Forbidden("no"))) == {
        "success": False,
        "error": {"code": "FORBIDDEN", "message": "no"},
    }
