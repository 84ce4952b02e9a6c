"""What comes from other instances over Redis, and the tokens that anybody can hold out."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fuzz.target import Broken, Target
from fuzz.targets.playground import loop, run

from palaver_runtime.adapters.redis import codec
from palaver_runtime.adapters.redis.parcel import Numbers, seal, unseal
from palaver_runtime.adapters.tokens import JwtTokens, KeyRing, SecretTokens, Terms
from palaver_runtime.adapters.tokens.keys import NoKeySet, read_key_set
from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.domain.events import MessageCreated, PresenceChanged, SessionEnded, TypingChanged
from palaver_runtime.domain.values import Attachment, Message, MessageKind, Profile

_SECRET = "a secret of the fuzzer's, which is long enough for HS256"
KEY_ID = "k1"
ISSUER = Ed25519PrivateKey.from_private_bytes(b"the fuzzer's issuer has this key")
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_WATCH = ("palaver_runtime/adapters/", "jwt/")
_ALGORITHM = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
_MESSAGE = Message(
    id="m" * 24,
    conversation_id="c" * 24,
    sender_id="user",
    sender=Profile(name="ann"),
    kind=MessageKind.IMAGE,
    content="look",
    attachments=(Attachment(file_id="f"),),
    metadata={"a": [1, None]},
    reply_to="r" * 24,
    client_id="k",
    sequence=1,
    created_revision=1,
    revision=1,
    edited=True,
    created_at=_NOW,
    updated_at=_NOW,
    deleted_at=_NOW,
)


def parcel(data: bytes) -> str:
    """Take what was published on a channel."""
    try:
        found = unseal(data)
    except ValueError:
        return "refused: no parcel"
    numbers = Numbers()
    if numbers.is_new(found.sender, found.number) and numbers.is_new(found.sender, found.number):
        raise Broken("a number that is new twice")
    refusals = []
    for content in found.events:
        try:
            event = codec.decode(content)
        except codec.Unreadable as error:
            refusals.append(str(error)[:24])
        else:
            # As they are shown: not a number, which another instance may tell, is equal to nothing.
            if repr(codec.decode(codec.encode(event))) != repr(event):
                raise Broken("an event that is another when it is written again")
    return f"refused: {refusals[0]}" if refusals else "accepted"


class _Published:
    """The keys of an issuer, published nowhere."""

    place = "the fuzzer"

    async def fetch(self) -> bytes:
        """Give the one key that there is."""
        return _key_set()

    async def close(self) -> None:
        """Do nothing."""


def _key_set() -> bytes:
    key = jwt.algorithms.OKPAlgorithm.to_jwk(ISSUER.public_key(), as_dict=True)
    return json.dumps({"keys": [{**key, "kid": KEY_ID}]}).encode()


@cache
def _tokens() -> JwtTokens:
    """Return what reads the tokens of a server that has a secret, and takes those of an issuer too."""
    # Whoever names a key that there is not has them fetched, and not again for as long as this goes on.
    ring = KeyRing(_Published(), Terms(cooldown=1e9, keep=1e9))
    tokens = JwtTokens(SecretTokens(_SECRET), ring)
    loop().run_until_complete(ring.find(KEY_ID, "EdDSA"))
    return tokens


def token(data: bytes) -> str:
    """Take a token: as it is, or a header and a payload, on two lines, to be signed rightly.

    The latter with a NUL before it for the server's secret, and with U+0001 for the key of the issuer.
    """
    tokens, sign = _tokens(), _SIGNED.get(data[:1])
    text = data.decode(errors="replace") if sign is None else sign(data[1:])
    return run(_token(tokens, text, signed=sign is not None))


async def _token(tokens: JwtTokens, text: str, *, signed: bool) -> str:
    try:
        caller = await tokens.read(text, _NOW)
    except Unauthorized as error:
        if text and len(text) > 8 and text in error.message:
            raise Broken("a refusal that repeats the token") from None
        return f"refused: {error.message}"
    if not signed:
        raise Broken("a token that nobody has signed is good")
    if not 0 < len(caller.user_id) <= 255 or caller.expires_at <= _NOW:
        raise Broken(f"a caller {caller.user_id[:20]!r} until {caller.expires_at}")
    return "accepted"


def signed_with_secret(data: bytes, secret: bytes = _SECRET.encode()) -> str:
    """Return the token of a header and a payload, on two lines, signed as by HS256 whatever they say."""
    return _signed(data, lambda text: _ALGORITHM.sign(text, secret))


def _signed(data: bytes, sign: Callable[[bytes], bytes]) -> str:
    header, _, payload = data.partition(b"\n")
    text = b".".join(jwt.utils.base64url_encode(each) for each in (header, payload))
    return (text + b"." + jwt.utils.base64url_encode(sign(text))).decode()


_SIGNED: dict[bytes, Callable[[bytes], str]] = {
    b"\0": signed_with_secret,
    b"\1": lambda data: _signed(data, ISSUER.sign),
}


def keys(data: bytes) -> str:
    """Take what an issuer publishes as its keys."""
    try:
        found = read_key_set(data)
    except NoKeySet:
        return "refused"
    if any(each.algorithm not in ("RS256", "ES256", "EdDSA") for each in found.keys):
        raise Broken("a key for an algorithm that we do not take")
    if found.keys:
        return "accepted: some" if found.unusable else "accepted"
    return f"refused: {found.unusable[0].partition(': ')[2][:24]}" if found.unusable else "accepted: none"


def _events() -> list[bytes]:
    made = (
        TypingChanged(conversation_id="c" * 24, user_id="user", active=True, at=_NOW),
        PresenceChanged(conversation_id="c" * 24, user_id="user", online=True, at=_NOW),
        SessionEnded(user_id="user", session_id="session"),
        MessageCreated(conversation_id="c" * 24, revision=1, message=_MESSAGE),
    )
    written = [codec.encode(each) for each in made]
    return [*(seal("ab12", number, [each]) for number, each in enumerate(written, 1)), seal("ab12", 1, written)]


TARGETS = (
    Target("redis.parcel", parcel, _WATCH, "parcels", 3.0, (b'{"v":1,"k":"', b'","e":{', b" 1 ", b'"at":'), _events),
    Target(
        "tokens",
        token,
        _WATCH,
        "tokens",
        1.0,
        (b'{"alg":"none"}', b'{"alg":"EdDSA"}', b'"kid":"k1"', b'"exp":', b'"b64":false', b".", b"\n"),
    ),
    Target("tokens.keys", keys, _WATCH, "key-sets", 0.5, (b'"kty":', b'"OKP"', b'"EC"', b'"RSA"', b'"crv":', b'"n":')),
)
