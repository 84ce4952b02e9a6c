"""What a token says, once its signature is right: who somebody is, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.domain.values import Caller

ACCESS: Final = "access"
"""The purpose of a token of ours."""

LEEWAY = timedelta(seconds=5)
"""By how much a token may be early, by its `nbf`. It ends when it says, without leeway."""

ISSUED_LEEWAY = timedelta(minutes=10)
"""By how much the clock of an issuer may be ahead of ours. When a token was issued is told for information (RFC 7519,
section 4.1.6), and says nothing of when it is good; one that is said to come from a far future is nobody's."""

_ADMIN = "admin"
_HEADER_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_USER_ID_LENGTH = 255
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC) + ISSUED_LEEWAY
"""Nothing before it can be told with a leeway."""


class Claimed:
    """What a token says that does not change, and when it is good."""

    __slots__ = ("begins_at", "caller")

    def __init__(self, caller: Caller, begins_at: datetime | None) -> None:
        #: Whom it stands for. `expires_at` is not None.
        self.caller: Final = caller
        #: The leeway included; None for one that has been good for ever.
        self.begins_at: Final = begins_at

    def at(self, now: datetime) -> Caller:
        """Give whom the token stands for; raise Unauthorized for one that has ended, or is not good yet."""
        expires_at = self.caller.expires_at
        if expires_at is None or expires_at <= now:
            raise Unauthorized("The token has expired")
        if self.begins_at is not None and self.begins_at > now:
            raise Unauthorized("The token is not valid yet")
        return self.caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What tokens have to claim: with an issuer or an audience, tokens must name it.

    A token needs a user, `externalUserId` or else `sub`, and an end, `exp`. One whose `role` is "admin", or whose
    `roles` name it, is an administrator's. What says that it is no access token, in its header or by one of other
    `purposes` in the claim `typ`, is refused. A refusal never repeats any of the token.
    """

    issuer: str | None = None
    audience: str | None = None
    purposes: frozenset[str] = frozenset({ACCESS})

    def caller(self, header_type: object, claims: Mapping[str, object], now: datetime) -> Caller:
        """Give whom a token stands for; raise Unauthorized for one that is not good. Of a `sid` nothing is known."""
        return self.read(header_type, claims, None).at(now)

    def read(self, header_type: object, claims: Mapping[str, object], session_id: str | None) -> Claimed:
        """Read a token that belongs to a session; raise Unauthorized for one that is never good."""
        self._check_purpose(header_type, claims)
        self._check_issuer(claims)
        expires_at = _moment(claims, "exp")
        if expires_at is None:
            raise Unauthorized("The token has no end")
        begins_at = [
            moment - leeway
            for claim, leeway in (("nbf", LEEWAY), ("iat", ISSUED_LEEWAY))
            if (moment := _moment(claims, claim)) is not None and moment >= _BEGINNING
        ]
        caller = Caller(user_id=_user_id(claims), session_id=session_id, expires_at=expires_at, admin=_is_admin(claims))
        return Claimed(caller, max(begins_at, default=None))

    def _check_purpose(self, header_type: object, claims: Mapping[str, object]) -> None:
        """Refuse what says that it is something else than an access token, such as a refresh or an identity token."""
        known = header_type is None or (isinstance(header_type, str) and header_type.lower() in _HEADER_TYPES)
        purpose = claims.get("typ", ACCESS)
        if not known or not isinstance(purpose, str) or purpose not in self.purposes:
            raise Unauthorized("The token is not an access token")

    def _check_issuer(self, claims: Mapping[str, object]) -> None:
        if self.issuer is not None and claims.get("iss") != self.issuer:
            raise Unauthorized("The token is from another issuer")
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if self.audience is not None and self.audience not in audiences:
            raise Unauthorized("The token is for another audience")


def session_id(claims: Mapping[str, object]) -> str | None:
    """Give the session that a token of ours belongs to; raise Unauthorized when `sid` cannot be one."""
    found = claims.get("sid")
    if found is not None and not (isinstance(found, str) and found and _storable(found)):
        raise Unauthorized("The token's sid is not a session")
    return found


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


def _is_admin(claims: Mapping[str, object]) -> bool:
    roles = claims.get("roles")
    return claims.get("role") == _ADMIN or (isinstance(roles, list) and _ADMIN in roles)


def _storable(text: str) -> bool:
    """Tell whether a database can hold a text: PostgreSQL takes no NUL, and nothing takes half a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)
