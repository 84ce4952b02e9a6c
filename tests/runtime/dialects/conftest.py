"""The real core on a database of the test's own, with the gateway over it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import pytest
from doubles.gateway import SECRET, Client, GatewaySockets, handshake, token

from palaver_runtime.adapters import passwords
from palaver_runtime.app import running_core
from palaver_runtime.core import Core
from palaver_runtime.dialects.gateway import gateway_sockets
from palaver_runtime.domain.values import Caller
from palaver_runtime.settings import Settings

Open = Callable[..., AbstractAsyncContextManager[Core]]
Connect = Callable[[GatewaySockets, str, str], Awaitable[Client]]


@pytest.fixture
def open_core(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Open:
    """How to open a core with other settings than the default ones; its hashes of passwords are cheap."""
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 8)
    monkeypatch.setattr(passwords, "_PASSES", 1)

    @asynccontextmanager
    async def open_(**settings: object) -> AsyncIterator[Core]:
        async with running_core(Settings(database_url=sqlite_url, jwt_secret=SECRET, offline_grace=0, **settings)) as (
            core,
            _,
        ):
            yield core

    return open_


@pytest.fixture
async def core(open_core: Open) -> AsyncIterator[Core]:
    """A running core."""
    async with open_core() as core:
        yield core


@pytest.fixture
async def sockets(core: Core) -> AsyncIterator[GatewaySockets]:
    """The gateway's Socket.IO side on that core."""
    async with AsyncExitStack() as stack:
        sockets = gateway_sockets(core)
        stack.push_async_callback(sockets.close)
        yield sockets


@pytest.fixture
async def alice(core: Core) -> Caller:
    """A user."""
    return await core.accounts.authenticate(token("alice"))


@pytest.fixture
async def bob(core: Core) -> Caller:
    """Another user."""
    return await core.accounts.authenticate(token("bob"))


@pytest.fixture
def connect() -> Connect:
    """How to connect a user: `connect(sockets, user_id, connection_id)` gives the client, greeted."""

    async def connect_(sockets: GatewaySockets, user_id: str, connection_id: str) -> Client:
        client = Client(connection_id)
        assert await sockets.connect(client.connection, handshake({"token": token(user_id)}))
        assert client.names == ["connected"]
        client.events.clear()
        return client

    return connect_
