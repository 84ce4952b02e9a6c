"""Tokens that are signed with HS256 by this server, or by one that shares its secret."""

from datetime import datetime, timedelta
from typing import Final

import jwt

from palaver_runtime.adapters.tokens.claims import ACCESS, Claimed, Claims, session_id
from palaver_runtime.adapters.tokens.remembered import Remembered
from palaver_runtime.adapters.tokens.signature import open_token
from palaver_runtime.domain.values import Caller

ALGORITHM: Final = "HS256"
_SECRET_BYTES = 32

LIFETIME = timedelta(minutes=15)
"""How long an access token of ours is good."""


class SecretTokens:
    """Issues and reads access tokens.

    Those issued here name the issuer and the audience that tokens must have. A token may come from another service;
    none of an administrator is issued here.
    """

    def __init__(self, secret: str, *, lifetime: timedelta = LIFETIME, claims: Claims | None = None) -> None:
        size = len(secret.encode())
        if size < _SECRET_BYTES:
            raise ValueError(
                f"the secret for tokens has {size} bytes, {ALGORITHM} needs at least {_SECRET_BYTES} "
                "(RFC 7518, section 3.2): make one with `openssl rand -base64 48`"
            )
        self._secret = secret
        # The times are looked at whenever a token comes.
        self._remembered = Remembered(self._open)
        self._lifetime = lifetime
        self._claims = claims or Claims()

    def issue(self, user_id: str, session_id: str, now: datetime) -> tuple[str, int]:
        """Make an access token; give it and its lifetime in seconds."""
        lifetime = int(self._lifetime.total_seconds())
        issued_at = int(now.timestamp())
        claims: dict[str, str | int] = {
            "sub": user_id,
            "sid": session_id,
            "typ": ACCESS,
            "iat": issued_at,
            "exp": issued_at + lifetime,
        }
        if self._claims.issuer is not None:
            claims["iss"] = self._claims.issuer
        if self._claims.audience is not None:
            claims["aud"] = self._claims.audience
        return jwt.encode(claims, self._secret, ALGORITHM), lifetime

    def read(self, token: str, now: datetime) -> Caller:
        """Give whom a token stands for; raise Unauthorized for one that is not good."""
        return self._remembered.open(token).at(now)

    def _open(self, token: str) -> Claimed:
        opened = open_token(token, self._secret, ALGORITHM)
        return self._claims.read(opened.header_type, opened.claims, session_id(opened.claims))
