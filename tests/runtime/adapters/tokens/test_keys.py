"""Key sets."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from doubles.issuer import SigningKey, key_set, key_set_of

from palaver_runtime.adapters.tokens.keys import NoKeySet, read_key_set

RSA = SigningKey("r1", "RS256")
CURVE = SigningKey("e1", "ES256")
EDWARDS = SigningKey("d1", "EdDSA")


@pytest.mark.parametrize("key", [RSA, CURVE, EDWARDS], ids=lambda key: key.algorithm)
def test_key_has_the_one_algorithm_of_its_kind(key: SigningKey) -> None:
    """Whether or not the set says by which algorithm a key signs, it is found by that of its kind, and by no other."""
    for more in ({}, {"alg": key.algorithm, "use": "sig", "key_ops": ["verify"], "x5t": "ignored"}):
        keys = read_key_set(key_set_of([{**key.entry, **more}]))
        found = keys.find(key.id, key.algorithm)
        assert found is not None
        assert (found.id, found.algorithm) == (key.id, key.algorithm)
        for other in ("HS256", "none", "RS512", "PS256", "RS256", "ES256", "EdDSA", None, ["RS256"]):
            if other != key.algorithm:
                assert keys.find(key.id, other) is None
        assert keys.find("another", key.algorithm) is None


def test_token_without_a_name_is_for_the_only_key() -> None:
    """Where a token names no key, the one of its algorithm is meant, and none where there are several."""
    keys = read_key_set(key_set(RSA, CURVE))
    found = keys.find(None, "RS256")
    assert found is not None
    assert found.id == "r1"
    assert read_key_set(key_set(RSA, SigningKey("r2", "RS256", RSA.private))).find(None, "RS256") is None
    nameless = read_key_set(key_set(SigningKey(None, "EdDSA", EDWARDS.private)))
    assert nameless.find(None, "EdDSA") is not None
    assert nameless.find("d1", "EdDSA") is None


def test_keys_of_one_name_are_told_apart_by_their_kind() -> None:
    """Two kinds of key may share a name (RFC 7517, section 4.5)."""
    keys = read_key_set(key_set(RSA, SigningKey("r1", "ES256", CURVE.private)))
    found = [keys.find("r1", each) for each in ("RS256", "ES256")]
    assert [each.algorithm for each in found if each is not None] == ["RS256", "ES256"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (7, "no object"),
        ({}, "another kind"),
        ({"kty": ["RSA"]}, "another kind"),
        ({"kty": "EC", "crv": ["P-256"]}, "another kind"),
        ({"kty": "oct", "k": "c2VjcmV0"}, "secret, and published"),
        (RSA.secret_entry, "secret, and published"),
        (EDWARDS.secret_entry, "secret, and published"),
        ({**RSA.entry, "alg": "PS256"}, "another kind"),
        ({**RSA.entry, "alg": "HS256"}, "another kind"),
        ({**RSA.entry, "alg": None}, "another kind"),
        ({**CURVE.entry, "crv": "P-384"}, "another kind"),
        ({**CURVE.entry, "crv": "secp256k1"}, "another kind"),
        ({**EDWARDS.entry, "crv": "X25519"}, "another kind"),
        ({**RSA.entry, "use": "enc"}, "not for signatures"),
        ({**RSA.entry, "key_ops": ["encrypt"]}, "not for signatures"),
        ({**RSA.entry, "key_ops": "verify"}, "not for signatures"),
        ({**RSA.entry, "kid": 7}, "kid is no text"),
        ({**RSA.entry, "n": "!"}, "cannot be read"),
        ({**RSA.entry, "n": 7}, "cannot be read"),
        ({**CURVE.entry, "x": "AAAA"}, "cannot be read"),
        ({**EDWARDS.entry, "x": "AAAA"}, "cannot be read"),
        (SigningKey("weak", "RS256", rsa.generate_private_key(65_537, 1024)).entry, "1024 bits"),
    ],
)
def test_what_cannot_be_used_is_left_out(entry: object, reason: str) -> None:
    """A key that is none, secret, weak or for something else is not used, and why is told; the others are."""
    keys = read_key_set(key_set_of([entry, CURVE.entry]))
    assert [each.id for each in keys.keys] == ["e1"]
    assert len(keys.unusable) == 1
    assert keys.unusable[0].startswith("key 0: ")
    assert reason in keys.unusable[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no list"),
        (b"null", "no list"),
        (b'{"keys": {}}', "no list"),
        (b"<html>", "no JSON"),
        (json.dumps({"keys": [{}] * 65}).encode(), "65 keys"),
    ],
)
def test_what_is_no_key_set_is_refused(text: bytes, reason: str) -> None:
    """Whatever else is at the address is refused, and nothing else is raised."""
    with pytest.raises(NoKeySet, match=reason):
        read_key_set(text)


def test_empty_set_is_one() -> None:
    """An issuer may have no keys."""
    assert read_key_set(b'{"keys": []}').keys == ()
