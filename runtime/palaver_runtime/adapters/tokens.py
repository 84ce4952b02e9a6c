"""Access tokens: JSON Web Tokens (RFC 7519), signed with HS256 by this server or by one that shares its secret."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import jwt

from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.domain.values import Caller

_ALGORITHM = "HS256"
_PURPOSE = "access"
_ADMIN = "admin"
_HEADER_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_SECRET_BYTES = 32
_USER_ID_LENGTH = 255

LIFETIME = timedelta(minutes=15)
"""How long an access token of ours is good."""

LEEWAY = timedelta(seconds=5)
"""By how much a token may be early, by its `nbf`. It ends when it says, without leeway."""

ISSUED_LEEWAY = timedelta(minutes=10)
"""By how much the clock of an issuer may be ahead of ours. When a token was issued is told for information (RFC 7519,
section 4.1.6), and says nothing of when it is good; one that is said to come from a far future is nobody's."""

# The times are checked against the caller's clock, the rest below, where each check has one message.
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


class JwtTokens:
    """Issues and reads access tokens.

    With an issuer or an audience, tokens must name it, and those issued here do. A token may come from another
    service: it needs a user, `externalUserId` or else `sub`, and an end, `exp`. One whose `role` is "admin", or whose
    `roles` name it, is an administrator's; none is issued here. A refusal never repeats any of the token.
    """

    def __init__(
        self,
        secret: str,
        *,
        lifetime: timedelta = LIFETIME,
        issuer: str | None = None,
        audience: str | None = None,
    ) -> None:
        size = len(secret.encode())
        if size < _SECRET_BYTES:
            raise ValueError(
                f"the secret for tokens has {size} bytes, {_ALGORITHM} needs at least {_SECRET_BYTES} "
                "(RFC 7518, section 3.2): make one with `openssl rand -base64 48`"
            )
        self._secret = secret
        self._lifetime = lifetime
        self._issuer = issuer
        self._audience = audience

    def issue(self, user_id: str, session_id: str, now: datetime) -> tuple[str, int]:
        """Make an access token; give it and its lifetime in seconds."""
        lifetime = int(self._lifetime.total_seconds())
        issued_at = int(now.timestamp())
        claims: dict[str, str | int] = {
            "sub": user_id,
            "sid": session_id,
            "typ": _PURPOSE,
            "iat": issued_at,
            "exp": issued_at + lifetime,
        }
        if self._issuer is not None:
            claims["iss"] = self._issuer
        if self._audience is not None:
            claims["aud"] = self._audience
        return jwt.encode(claims, self._secret, _ALGORITHM), lifetime

    def read(self, token: str, now: datetime) -> Caller:
        """Give whom a token stands for; raise Unauthorized for one that is not good."""
        try:
            decoded = jwt.decode_complete(token, self._secret, algorithms=[_ALGORITHM], options=_OPTIONS)
        except (jwt.PyJWTError, UnicodeError, RecursionError):
            raise Unauthorized("The token is malformed or its signature is wrong") from None
        claims: Mapping[str, object] = decoded["payload"]
        self._check_purpose(decoded["header"].get("typ"), claims)
        self._check_issuer(claims)
        expires_at = self._check_times(claims, now)
        return Caller(
            user_id=_user_id(claims), session_id=_session_id(claims), expires_at=expires_at, admin=_is_admin(claims)
        )

    @staticmethod
    def _check_purpose(header_type: object, claims: Mapping[str, object]) -> None:
        """Refuse what says that it is something else than an access token, such as a refresh or an identity token."""
        known = header_type is None or (isinstance(header_type, str) and header_type.lower() in _HEADER_TYPES)
        if not known or claims.get("typ", _PURPOSE) != _PURPOSE:
            raise Unauthorized("The token is not an access token")

    def _check_issuer(self, claims: Mapping[str, object]) -> None:
        if self._issuer is not None and claims.get("iss") != self._issuer:
            raise Unauthorized("The token is from another issuer")
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if self._audience is not None and self._audience not in audiences:
            raise Unauthorized("The token is for another audience")

    @staticmethod
    def _check_times(claims: Mapping[str, object], now: datetime) -> datetime:
        """Give when the token ends."""
        expires_at = _moment(claims, "exp")
        if expires_at is None:
            raise Unauthorized("The token has no end")
        if expires_at <= now:
            raise Unauthorized("The token has expired")
        for claim, leeway in (("nbf", LEEWAY), ("iat", ISSUED_LEEWAY)):
            begins_at = _moment(claims, claim)
            if begins_at is not None and begins_at > now + leeway:
                raise Unauthorized("The token is not valid yet")
        return expires_at


def _moment(claims: Mapping[str, object], name: str) -> datetime | None:
    """Read a NumericDate, the milliseconds of which count; one out of the calendar's range is refused."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unauthorized(f"The token's {name} is not a time")
    try:
        moment = datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise Unauthorized(f"The token's {name} is not a time") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _user_id(claims: Mapping[str, object]) -> str:
    user_id = claims.get("externalUserId", claims.get("sub"))
    if not isinstance(user_id, str) or not 0 < len(user_id) <= _USER_ID_LENGTH or not _storable(user_id):
        raise Unauthorized("The token names no user")
    return user_id


def _session_id(claims: Mapping[str, object]) -> str | None:
    session_id = claims.get("sid")
    if session_id is not None and not (isinstance(session_id, str) and session_id and _storable(session_id)):
        raise Unauthorized("The token's sid is not a session")
    return session_id


def _is_admin(claims: Mapping[str, object]) -> bool:
    roles = claims.get("roles")
    return claims.get("role") == _ADMIN or (isinstance(roles, list) and _ADMIN in roles)


def _storable(text: str) -> bool:
    """Tell whether a database can hold a text: PostgreSQL takes no NUL, and nothing takes half a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)
