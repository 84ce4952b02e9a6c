"""The envelope of a token: its head, and whether the signature is right by a key whose algorithm is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from palaver_runtime.domain.errors import Unauthorized

_MOST_CHARACTERS = 16_384

# The times are checked against the caller's clock, the rest by Claims, where each check has one message.
_OPTIONS: jwt.types.Options = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
    "enforce_minimum_key_length": True,
}


@dataclass(frozen=True, slots=True)
class Head:
    """What a token says of itself, which proves nothing: only good to find the key that it has to be signed with."""

    algorithm: object
    key_id: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A token whose signature is right."""

    header_type: object
    claims: Mapping[str, object]


def read_head(token: str) -> Head:
    """Read the head of a token; raise Unauthorized for what has none.

    `jwk`, `jku`, `x5u` and `x5c`, by which a token would bring its own key, are not even looked at.
    """
    if len(token) > _MOST_CHARACTERS:
        raise _malformed()
    try:
        head = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, UnicodeError, RecursionError):
        raise _malformed() from None
    return Head(head.get("alg"), head.get("kid"))


def open_token(token: str, key: Any, algorithm: str) -> Opened:
    """Give what a token claims; raise Unauthorized unless it is signed with the key, by that algorithm alone."""
    if len(token) > _MOST_CHARACTERS:
        raise _malformed()
    try:
        decoded = jwt.decode_complete(token, key, algorithms=[algorithm], options=_OPTIONS)
    except (jwt.PyJWTError, UnicodeError, RecursionError):
        raise _malformed() from None
    if "crit" in decoded["header"]:
        # It names extensions without which the token must not be taken (RFC 7515, section 4.1.11): we have none.
        raise _malformed()
    return Opened(decoded["header"].get("typ"), decoded["payload"])


def _malformed() -> Unauthorized:
    return Unauthorized("The token is malformed or its signature is wrong")
