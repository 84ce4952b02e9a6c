"""Tokens of either kind: those of the shared secret, and those that an issuer has signed with a key of its own."""

from dataclasses import replace
from datetime import datetime

from palaver_runtime.adapters.tokens.claims import Claims
from palaver_runtime.adapters.tokens.ring import KeyRing
from palaver_runtime.adapters.tokens.secret import ALGORITHM, SecretTokens
from palaver_runtime.adapters.tokens.signature import open_token, read_head
from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.domain.values import Caller

_BEARER = "Bearer"
"""How some issuers say, in the claim `typ`, that a token is an access token."""


class JwtTokens:
    """Issues tokens by the secret, and reads them by it or, where a ring of keys is given, by those.

    Which of the two a token is read by is its own choice, and no advantage: the secret is tried as an HS256 key alone,
    and each key of the ring by the algorithm of its kind alone, so that none is ever taken for another's.
    """

    def __init__(self, secret: SecretTokens, keys: KeyRing | None = None, claims: Claims | None = None) -> None:
        """`claims` are asked of tokens that are signed with one of the keys."""
        self._secret = secret
        self._keys = keys
        claims = claims or Claims()
        self._claims = replace(claims, purposes=claims.purposes | {_BEARER})

    def issue(self, user_id: str, session_id: str, now: datetime) -> tuple[str, int]:
        """Make an access token; give it and its lifetime in seconds."""
        return self._secret.issue(user_id, session_id, now)

    async def read(self, token: str, now: datetime) -> Caller:
        """Give whom a token stands for; raise Unauthorized for one that is not good, Unavailable without keys.

        A `sid` of an issuer names a session there, and none of ours.
        """
        if self._keys is None:
            return self._secret.read(token, now)
        head = read_head(token)
        if head.algorithm == ALGORITHM:
            return self._secret.read(token, now)
        key = await self._keys.find(head.key_id, head.algorithm)
        if key is None:
            raise Unauthorized("The token is signed with a key that its issuer does not have")
        opened = open_token(token, key.public, key.algorithm)
        return self._claims.caller(opened.header_type, opened.claims, now)
