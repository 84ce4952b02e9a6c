"""Fixtures: the reference server, which tells the truth, and the contract that it is held to."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def shipped() -> Contract:
    """The contract of the reference server."""
    return sources.load("gateway")


@pytest.fixture(scope="session")
async def reference() -> AsyncIterator[str]:
    """Address of a reference server, shared by all tests of this room."""
    from servers.palaver import serving

    async with serving() as server:
        yield server.url
