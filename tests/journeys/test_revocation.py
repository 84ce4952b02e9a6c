"""What ends a session ends its connections, at once and on every instance."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import websockets
from doubles.gateway import SECRET, token
from websockets.asyncio.client import ClientConnection

from palaver_runtime.app import running_core
from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, envelope
from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.services.accounts import SignedIn
from palaver_runtime.settings import Settings
from palaver_runtime.transports.listener import bind, serving
from palaver_runtime.transports.socketio import SocketLimits

PATIENCE = 20.0
"""Seconds after which a test has failed. What is promised is one second; machines of tests may be slower."""
UNAUTHORIZED = 4401


@dataclass
class Instance:
    """A server of the envelope dialect, with its core."""

    core: Core
    url: str

    async def connect(self, given: str) -> ClientConnection:
        """Connect with a token, and wait until the server has said that it is ready."""
        client = await websockets.connect(f"{self.url}/ws?token={given}", proxy=None)
        await client.recv()
        return client


@pytest.fixture
async def instances(tmp_path: Path, redis_url: str) -> AsyncIterator[list[Instance]]:
    """Two instances that meet in Redis, and look only once in an hour for what it has lost."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/palaver.db",
        redis_url=redis_url,
        jwt_secret=SECRET,
        heartbeat_seconds=3_600.0,
        shutdown_seconds=1.0,
    )
    site = Site(allowed_origins=(), max_body_bytes=65_536, sockets=SocketLimits(), shutdown_seconds=1.0)
    found = []
    async with AsyncExitStack() as stack:
        for _ in range(2):
            core, _operations = await stack.enter_async_context(running_core(settings))
            surface = envelope.build(core, site)
            (listener,) = bind([(surface.app, "127.0.0.1", 0)])
            await stack.enter_async_context(serving([listener]))
            stack.push_async_callback(surface.close)
            found.append(Instance(core, f"ws://127.0.0.1:{listener.port}"))
        yield found


async def _ended(client: ClientConnection) -> tuple[int | None, float]:
    """Wait until a client is disconnected; give the code, and when that was."""
    await asyncio.wait_for(client.wait_closed(), PATIENCE)
    return client.close_code, time.monotonic()


async def _log_out(core: Core, signed_in: SignedIn) -> None:
    await core.accounts.logout(await core.accounts.authenticate(signed_in.access_token))


async def _reuse(core: Core, signed_in: SignedIn) -> None:
    """Use a refresh token twice, as its owner and a thief would."""
    await core.accounts.refresh(signed_in.refresh_token)
    with pytest.raises(Unauthorized):
        await core.accounts.refresh(signed_in.refresh_token)


@pytest.mark.parametrize("end", [_log_out, _reuse])
async def test_end_of_a_session_reaches_every_instance(
    instances: list[Instance],
    end: Callable[[Core, SignedIn], Awaitable[None]],
    record_property: Callable[[str, object], None],
) -> None:
    """Logging out, and a refresh token that comes a second time, close the session's connections on both instances."""
    near, far = instances
    signed_in = await near.core.accounts.register(f"ann{end.__name__}", "correct horse", None)
    other = await near.core.accounts.login(f"ann{end.__name__}", "correct horse")
    clients = [await each.connect(signed_in.access_token) for each in instances]
    elsewhere = await far.connect(other.access_token)
    waiting = [asyncio.create_task(_ended(each)) for each in clients]
    began = time.monotonic()
    await end(near.core, signed_in)
    for name, (code, at) in zip(("near", "far"), await asyncio.gather(*waiting), strict=True):
        assert code == UNAUTHORIZED
        record_property(f"seconds until the {name} connection has ended", round(at - began, 4))
    # Another session of the same user goes on.
    await (await elsewhere.ping())
    await elsewhere.close()


async def test_end_of_a_token_reaches_every_instance(
    instances: list[Instance], record_property: Callable[[str, object], None]
) -> None:
    """A token closes its connections when it ends, not before, on each instance by its own clock."""
    end = int(time.time()) + 4
    clients = [await each.connect(token("ann", exp=end)) for each in instances]
    for code, _ in await asyncio.gather(*(_ended(each) for each in clients)):
        assert code == UNAUTHORIZED
        assert time.time() > end - 0.5
        record_property("seconds after the end", round(time.time() - end, 4))
