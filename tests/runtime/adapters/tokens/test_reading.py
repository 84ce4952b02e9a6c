"""Tokens of the secret, and of an issuer's keys."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from doubles.issuer import Publisher, SigningKey, key_set

from palaver_runtime.adapters.tokens import Claims, JwtTokens, KeyRing, SecretTokens
from palaver_runtime.domain.errors import Unauthorized, Unavailable

SECRET = "a secret that is long enough for HS256"
RSA, CURVE, EDWARDS = (SigningKey(each.lower(), each) for each in ("RS256", "ES256", "EdDSA"))
STRANGE = SigningKey("rs256", "RS256")


@pytest.fixture(scope="module")
async def tokens() -> AsyncIterator[JwtTokens]:
    """Tokens of the secret, and of an issuer with three keys."""
    ring = KeyRing(Publisher(key_set(RSA, CURVE, EDWARDS)))
    await ring.start()
    yield JwtTokens(SecretTokens(SECRET), ring)
    await ring.close()


def now() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


async def refused(tokens: JwtTokens, bad: str) -> str:
    """Read a token that is not good; give why, having checked that nothing of the token is in it."""
    with pytest.raises(Unauthorized) as caught:
        await tokens.read(bad, now())
    assert not any(part and part in caught.value.message for part in bad.split("."))
    return caught.value.message


@pytest.mark.parametrize("key", [RSA, CURVE, EDWARDS], ids=lambda key: key.algorithm)
async def test_token_of_the_issuer_is_read(tokens: JwtTokens, key: SigningKey) -> None:
    """A token that is signed with a published key is good, by each algorithm; its session is none of ours."""
    caller = await tokens.read(key.sign("ann", sid="of the issuer", typ="Bearer"), now())
    assert (caller.user_id, caller.session_id, caller.admin) == ("ann", None, False)
    assert (await tokens.read(key.sign("bob", role="admin"), now())).admin
    header, _, signature = key.sign("ann").split(".")
    forged = key.sign("bob").split(".")[1]
    assert "signature" in await refused(tokens, f"{header}.{forged}.{signature}")
    assert "expired" in await refused(tokens, key.sign(exp=1))


async def test_tokens_of_the_secret_stay_good(tokens: JwtTokens) -> None:
    """What is issued here is signed with the secret and read by it, with its session."""
    issued, _ = tokens.issue("ann", "s1", now())
    assert jwt.get_unverified_header(issued)["alg"] == "HS256"
    caller = await tokens.read(issued, now())
    assert (caller.user_id, caller.session_id) == ("ann", "s1")


async def test_public_key_is_no_secret(tokens: JwtTokens) -> None:
    """A token that is signed by HS256 with a public key as the secret is refused, in whatever form the key is."""
    public = RSA.private.public_key()
    body = json.dumps({"sub": "ann", "exp": 4_000_000_000}).encode()
    secrets = [public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), key_set(RSA)]
    secrets += [public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), RSA.entry["n"].encode()]
    for secret in secrets:
        for head in ({"alg": "HS256", "kid": "rs256"}, {"alg": "HS256"}):
            parts = b".".join(base64.urlsafe_b64encode(each).rstrip(b"=") for each in (json.dumps(head).encode(), body))
            digest = hmac.new(secret, parts, hashlib.sha256).digest()
            forged = parts + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")
            assert "signature" in await refused(tokens, forged.decode())


async def test_key_is_used_by_its_own_algorithm_alone(tokens: JwtTokens) -> None:
    """The head of a token does not choose how a key is used: RS512 and PS256 with an RS256 key are refused."""
    body = {"sub": "ann", "exp": 4_000_000_000}
    for algorithm in ("RS384", "RS512", "PS256"):
        forged = jwt.encode(body, RSA.private, algorithm, headers={"kid": "rs256"})
        assert "does not have" in await refused(tokens, forged)


async def test_unsigned_token_is_refused(tokens: JwtTokens) -> None:
    """The algorithm `none` is none, in any case and whichever key it names."""
    body = base64.urlsafe_b64encode(json.dumps({"sub": "ann", "exp": 4_000_000_000}).encode()).rstrip(b"=").decode()
    for name in ("none", "None", "NONE", "nOnE", "", None, 7):
        for key in ({}, {"kid": "rs256"}):
            head = base64.urlsafe_b64encode(json.dumps({"alg": name, **key}).encode()).rstrip(b"=").decode()
            await refused(tokens, f"{head}.{body}.")


async def test_token_does_not_bring_its_own_key() -> None:
    """`jwk`, `jku`, `x5u` and `x5c` in a head have no effect: the key is looked for where it is always looked for."""
    publisher = Publisher(key_set(RSA))
    ring = KeyRing(publisher)
    await ring.start()
    tokens = JwtTokens(SecretTokens(SECRET), ring)
    own = {"jwk": STRANGE.entry, "jku": "http://127.0.0.1:1/jwks.json", "x5u": "http://127.0.0.1:1/", "x5c": ["AAAA"]}
    assert "signature" in await refused(tokens, STRANGE.sign(headers=own))
    assert (await tokens.read(RSA.sign(headers=own), now())).user_id == "ann"
    for kid in ("../../etc/passwd", "http://127.0.0.1:1/", "' OR 1=1 --", "\0", ""):
        assert "does not have" in await refused(tokens, SigningKey(kid, "RS256", RSA.private).sign())
    await ring.close()


async def test_claims_of_the_issuer_are_checked() -> None:
    """Issuer and audience hold for the issuer's tokens, too."""
    ring = KeyRing(Publisher(key_set(EDWARDS)))
    await ring.start()
    tokens = JwtTokens(SecretTokens(SECRET), ring, Claims(issuer="them", audience="chat"))
    assert (await tokens.read(EDWARDS.sign(iss="them", aud="chat"), now())).user_id == "ann"
    assert "issuer" in await refused(tokens, EDWARDS.sign(aud="chat"))
    assert "audience" in await refused(tokens, EDWARDS.sign(iss="them", aud="mail"))
    assert "not an access token" in await refused(tokens, EDWARDS.sign(iss="them", aud="chat", typ="ID"))
    await ring.close()


async def test_without_keys_it_cannot_be_told() -> None:
    """While the issuer is away from the start, its tokens are not refused but put off; those of the secret are read."""
    ring = KeyRing(Publisher(away="gone"))
    await ring.start()
    tokens = JwtTokens(SecretTokens(SECRET), ring)
    with pytest.raises(Unavailable):
        await tokens.read(EDWARDS.sign(), now())
    issued, _ = tokens.issue("ann", "s1", now())
    assert (await tokens.read(issued, now())).user_id == "ann"
    await ring.close()


async def test_without_an_issuer_only_the_secret_counts() -> None:
    """A server without keys refuses every other algorithm."""
    assert "signature" in await refused(JwtTokens(SecretTokens(SECRET)), EDWARDS.sign())
