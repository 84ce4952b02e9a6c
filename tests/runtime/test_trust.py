"""Whose tokens are good, by the settings."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from doubles.issuer import SigningKey, key_set
from doubles.jwks_server import publishing

from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.settings import Settings
from palaver_runtime.trust import trusted_tokens

SECRET = "a secret that is long enough for HS256"


def now() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_keys_are_taken_from_an_address(algorithm: str) -> None:
    """A server takes what the issuer at the address has signed, also with the key that it changes to, and its own."""
    first, second = SigningKey("1", algorithm), SigningKey("2", algorithm)
    async with publishing(first) as issuer:
        settings = Settings(
            jwt_secret=SECRET, jwks_url=issuer.url, jwt_issuer="us", jwt_audience="chat", jwks_cooldown_seconds=0.1
        )
        async with trusted_tokens(settings) as tokens:
            claims = {"iss": "us", "aud": ["chat"]}
            assert (await tokens.read(first.sign("ann", **claims), now())).user_id == "ann"
            with pytest.raises(Unauthorized, match="audience"):
                await tokens.read(first.sign("ann", iss="us"), now())
            own, _ = tokens.issue("bob", "s1", now())
            assert (await tokens.read(own, now())).session_id == "s1"
            issuer.keys = (second,)
            tokens._keys._asked_at -= 1.0  # as if the cooldown had passed
            assert (await tokens.read(second.sign("ann", **claims), now())).user_id == "ann"
            with pytest.raises(Unauthorized, match="does not have"):
                await tokens.read(first.sign("ann", **claims), now())
        assert issuer.asked == 2


async def test_keys_are_taken_from_a_file(tmp_path: Path) -> None:
    """Instead of an address there may be a file."""
    key = SigningKey("1", "EdDSA")
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(key))
    async with trusted_tokens(Settings(jwt_secret=SECRET, jwks_file=path)) as tokens:
        assert (await tokens.read(key.sign("ann"), now())).user_id == "ann"


async def test_without_either_only_the_secret_counts() -> None:
    """Nobody else's signature is good unless somebody is named."""
    async with trusted_tokens(Settings(jwt_secret=SECRET)) as tokens:
        with pytest.raises(Unauthorized):
            await tokens.read(SigningKey("1", "EdDSA").sign("ann"), now())
