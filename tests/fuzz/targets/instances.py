"""What comes from other instances over Redis, and the tokens that anybody can hold out."""

from datetime import UTC, datetime

import jwt
from fuzz.target import Broken, Target

from palaver_runtime.adapters.redis import codec
from palaver_runtime.adapters.redis.parcel import Numbers, seal, unseal
from palaver_runtime.adapters.tokens import JwtTokens
from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.domain.events import PresenceChanged, SessionEnded, TypingChanged

_SECRET = "a secret of the fuzzer's, which is long enough for HS256"
_TOKENS = JwtTokens(_SECRET)
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_WATCH = ("palaver_runtime/adapters/", "jwt/")
_ALGORITHM = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)


def parcel(data: bytes) -> str:
    """Take what was published on a channel."""
    try:
        found = unseal(data)
    except ValueError:
        return "refused: no parcel"
    numbers = Numbers()
    if numbers.is_new(found.sender, found.number) and numbers.is_new(found.sender, found.number):
        raise Broken("a number that is new twice")
    try:
        event = codec.decode(found.event)
    except codec.Unreadable as error:
        return f"refused: {str(error)[:24]}"
    if codec.decode(codec.encode(event)) != event:
        raise Broken("an event that is another when it is written again")
    return "accepted"


def token(data: bytes) -> str:
    """Take a token: as it is, or with a NUL before it a header and a payload, on two lines, to be signed rightly."""
    text = _signed(data[1:]) if data[:1] == b"\0" else data.decode(errors="replace")
    try:
        caller = _TOKENS.read(text, _NOW)
    except Unauthorized as error:
        if text and len(text) > 8 and text in error.message:
            raise Broken("a refusal that repeats the token") from None
        return f"refused: {error.message}"
    if data[:1] != b"\0":
        raise Broken("a token that nobody has signed is good")
    if not 0 < len(caller.user_id) <= 255 or caller.expires_at <= _NOW:
        raise Broken(f"a caller {caller.user_id[:20]!r} until {caller.expires_at}")
    return "accepted"


def _signed(data: bytes) -> str:
    header, _, payload = data.partition(b"\n")
    signed = b".".join(jwt.utils.base64url_encode(each) for each in (header, payload))
    mac = _ALGORITHM.sign(signed, _SECRET.encode())
    return (signed + b"." + jwt.utils.base64url_encode(mac)).decode()


def _events() -> list[bytes]:
    made = (
        TypingChanged(conversation_id="c" * 24, user_id="user", active=True, at=_NOW),
        PresenceChanged(conversation_id="c" * 24, user_id="user", online=True, at=_NOW),
        SessionEnded(user_id="user", session_id="session"),
    )
    return [seal("ab12", number, codec.encode(each)) for number, each in enumerate(made, 1)]


TARGETS = (
    Target("redis.parcel", parcel, _WATCH, "parcels", 3.0, (b'{"v":1,"k":"', b'","e":{', b" 1 ", b'"at":'), _events),
    Target(
        "tokens", token, _WATCH, "tokens", 1.0, (b'{"alg":"none"}', b'"kid":', b'"exp":', b'"b64":false', b".", b"\n")
    ),
)
