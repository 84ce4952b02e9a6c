"""An issuer of tokens with keys of its own, as a company's log-in service is, and a source of its published keys."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from palaver_runtime.adapters.tokens import KeysUnavailable

_PRIVATE = ("d", "p", "q", "dp", "dq", "qi")


def _rsa() -> Any:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


_MAKE = {
    "RS256": _rsa,
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


@dataclass
class SigningKey:
    """A key pair; `entry` is how the public half is published."""

    id: str | None
    algorithm: str
    private: Any = None

    def __post_init__(self) -> None:
        if self.private is None:
            self.private = _MAKE[self.algorithm]()

    @property
    def secret_entry(self) -> dict[str, Any]:
        """The whole pair, as nobody should publish it."""
        algorithm = jwt.get_algorithm_by_name(self.algorithm)
        return {"kid": self.id, **algorithm.to_jwk(self.private, as_dict=True)}

    @property
    def entry(self) -> dict[str, Any]:
        """The public half as a JSON Web Key."""
        entry = {name: value for name, value in self.secret_entry.items() if name not in _PRIVATE}
        entry.pop("key_ops", None)
        if self.id is None:
            entry.pop("kid")
        return entry

    def sign(self, user: str = "ann", *, headers: Mapping[str, object] | None = None, **claims: object) -> str:
        """Make a token for a user, good for a minute."""
        body = {"sub": user, "exp": int(time.time()) + 60, **claims}
        head = {} if self.id is None else {"kid": self.id}
        return jwt.encode(body, self.private, self.algorithm, headers={**head, **(headers or {})})


def key_set(*keys: SigningKey) -> bytes:
    """Publish keys."""
    return key_set_of([each.entry for each in keys])


def key_set_of(entries: Sequence[object]) -> bytes:
    """Publish what need not be keys."""
    return json.dumps({"keys": entries}).encode()


@dataclass
class Publisher:
    """A source of keys: what it gives, how often it was asked, and a gate before which each answer waits."""

    text: bytes = b'{"keys": []}'
    away: str | None = None
    asked: int = 0
    closed: bool = False
    place: str = "the issuer"
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asking: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def fetch(self) -> bytes:
        """Answer, or be away."""
        self.asked += 1
        self.asking.set()
        await self.gate.wait()
        if self.away is not None:
            raise KeysUnavailable(self.away)
        return self.text

    async def until_asked(self, times: int) -> None:
        """Wait until it was asked so often."""
        while self.asked < times:
            self.asking.clear()
            await self.asking.wait()

    async def close(self) -> None:
        """Take note."""
        self.closed = True
