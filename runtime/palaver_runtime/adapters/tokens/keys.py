"""The public keys of an issuer: a JSON Web Key Set (RFC 7517, section 5), as text in and keys out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt

_ALGORITHMS: Final[Mapping[tuple[object, object], str]] = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
"""The one algorithm of each kind of key, by `kty` and `crv`."""

_RSA_BITS = 2048
_MOST_KEYS = 64


class NoKeySet(ValueError):
    """A text is no JSON Web Key Set."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, the name that tokens give it, and the only algorithm by which it signs."""

    id: str | None
    algorithm: str
    public: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys that can be used; `unusable` says of each other why not."""

    keys: tuple[Key, ...] = ()
    unusable: tuple[str, ...] = ()

    def find(self, key_id: str | None, algorithm: object) -> Key | None:
        """Give the key of a name that signs by an algorithm; without a name, the only key that does."""
        fitting = [each for each in self.keys if each.algorithm == algorithm]
        if key_id is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((each for each in fitting if each.id == key_id), None)


def read_key_set(text: bytes) -> KeySet:
    """Read a key set; raise NoKeySet for what is none. What is no public key to check signatures with is left out."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise NoKeySet("it is no JSON") from None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise NoKeySet('it has no list "keys"')
    if len(entries) > _MOST_KEYS:
        raise NoKeySet(f"it has {len(entries)} keys, and more than {_MOST_KEYS} are not read")
    keys: list[Key] = []
    unusable: list[str] = []
    for number, entry in enumerate(entries):
        try:
            keys.append(_key(entry))
        except _Unusable as error:
            unusable.append(f"key {number}: {error}")
    return KeySet(tuple(keys), tuple(unusable))


class _Unusable(Exception):
    pass


def _key(entry: object) -> Key:
    if not isinstance(entry, dict):
        raise _Unusable("it is no object")
    kind, curve = entry.get("kty"), entry.get("crv")
    if kind == "oct" or "d" in entry:
        # Whoever reads the set could sign with it.
        raise _Unusable("it is secret, and published all the same: the issuer must replace it")
    known = isinstance(kind, str) and isinstance(curve, str | None)
    algorithm = _ALGORITHMS.get((kind, curve)) if known else None
    if algorithm is None or entry.get("alg", algorithm) != algorithm:
        raise _Unusable("it is of another kind than RSA for RS256, P-256 for ES256 or Ed25519 for EdDSA")
    operations = entry.get("key_ops", ["verify"])
    if entry.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise _Unusable("it is not for signatures")
    name = entry.get("kid")
    if name is not None and not isinstance(name, str):
        raise _Unusable("its kid is no text")
    try:
        public = jwt.PyJWK(entry, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        raise _Unusable("it cannot be read") from None
    if kind == "RSA" and public.key_size < _RSA_BITS:
        raise _Unusable(f"it has {public.key_size} bits, RS256 needs at least {_RSA_BITS} (RFC 7518, section 3.3)")
    return Key(name, algorithm, public)
