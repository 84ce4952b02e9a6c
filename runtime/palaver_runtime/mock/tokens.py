"""Who somebody is: any token is good, and says it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping

from palaver_runtime.mock.contract import Channel
from palaver_runtime.transports.sockets import Handshake

_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,64}")
_CLAIMS = ("externalUserId", "sub")
ANYBODY = "user_1"
"""Whoever has a token that tells no name."""


def token_of(handshake: Handshake, channel: Channel) -> str | None:
    """Return the token of a handshake, from the places that the documents name."""
    parts: Mapping[str, Mapping[str, object]] = {
        "auth": handshake.auth,
        "query": handshake.query,
        "headers": handshake.headers,
    }
    for part, name in channel.places:
        found = parts[part].get(name.lower() if part == "headers" else name)
        if isinstance(found, str) and (token := found.removeprefix("Bearer ").strip()):
            return token
    return None


def user_of(token: str) -> str:
    """Return the user for whom a token stands: the subject of a JWT, which is not verified, or the token itself."""
    parts = token.split(".")
    if len(parts) == 3:
        try:
            claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        except (binascii.Error, ValueError):
            claims = {}
        named = [claims[claim] for claim in _CLAIMS if isinstance(claims, dict) and isinstance(claims.get(claim), str)]
        return next((name for name in named if name), ANYBODY)
    return token if _NAME.fullmatch(token) else ANYBODY
