"""Any token is good."""

import base64
import json

import pytest

from palaver_runtime.mock.contract import Channel
from palaver_runtime.mock.tokens import ANYBODY, token_of, user_of
from palaver_runtime.transports.sockets import Handshake

CHANNEL = Channel("/", "/", "", (("auth", "token"), ("query", "token"), ("headers", "Authorization")), 1)


def jwt(claims: object) -> str:
    """Return a token with claims, signed by nobody."""
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"


@pytest.mark.parametrize(
    ("token", "user"),
    [
        ("alice", "alice"),
        (jwt({"sub": "u1"}), "u1"),
        (jwt({"sub": "u1", "externalUserId": "u2"}), "u2"),
        (jwt({}), ANYBODY),
        (jwt([]), ANYBODY),
        ("a.b.c", ANYBODY),
        ("not a name", ANYBODY),
        ("", ANYBODY),
    ],
)
def test_who_somebody_is(token: str, user: str) -> None:
    """A token names its user by its subject, or is a name itself, or stands for somebody."""
    assert user_of(token) == user


def test_where_the_token_is() -> None:
    """The places of the document are tried in their order; an empty one and one of another kind are none."""

    def handshake(**parts: dict[str, str]) -> Handshake:
        return Handshake(
            auth=parts.get("auth", {}),
            query=parts.get("query", {}),
            headers=parts.get("headers", {}),
            namespace="/",
            address="",
        )

    everywhere = {"auth": {"token": "a"}, "query": {"token": "q"}, "headers": {"authorization": "Bearer h"}}
    assert token_of(handshake(**everywhere), CHANNEL) == "a"
    assert token_of(handshake(**{**everywhere, "auth": {"token": ""}}), CHANNEL) == "q"
    assert token_of(handshake(headers={"authorization": "Bearer h"}), CHANNEL) == "h"
    assert token_of(handshake(headers={"authorization": "Bearer "}), CHANNEL) is None
    assert token_of(handshake(), CHANNEL) is None
