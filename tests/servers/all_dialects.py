"""One `palaver serve` of all dialects, for every test that is content with users and conversations of its own."""

import time
from collections.abc import AsyncIterator

import jwt
import pytest
from servers.palaver import Server, serving

SECRET = "the secret of these tests, which is long enough"


@pytest.fixture(scope="session")
async def all_dialects() -> AsyncIterator[Server]:
    """The server; each dialect is below a path of its name. It hardly limits anything: tests are quick."""
    limits = {
        "PALAVER_LIMIT_MESSAGES": "1000/1s",
        "PALAVER_LIMIT_REQUESTS": "10000/1s",
        "PALAVER_LIMIT_KINDS": "",
        "PALAVER_LIMIT_ADDRESS": "100000/1s",
    }
    env = {"PALAVER_JWT_SECRET": SECRET, **limits}
    async with serving("--all", "--grpc-port", "0", env=env) as server:
        yield server


def token(user: str, seconds: float = 3600) -> str:
    """Sign the token of a user, who exists once it was used."""
    return jwt.encode({"sub": user, "exp": time.time() + seconds}, SECRET, "HS256")
