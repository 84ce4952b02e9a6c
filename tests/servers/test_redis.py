"""The Redis fixtures are themselves right."""

import asyncio
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as Unreachable
from servers.redis import RedisServer


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_gets_an_empty_database(redis_url: str, turn: int) -> None:
    """What one test leaves in its database no other test sees."""
    async with Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0
        await client.set("left behind", turn)


async def test_stopped_server_returns_on_its_port_and_empty(redis_server: RedisServer) -> None:
    """A stop closes the connections; a start listens where it did before, and has forgotten everything."""
    url, pid = redis_server.url, redis_server.pid
    async with Redis.from_url(url, retry=None) as client:
        await client.set("key", "value")
        redis_server.stop()
        assert not psutil.pid_exists(pid)
        with pytest.raises(Unreachable):
            await client.get("key")
        redis_server.start()
        assert redis_server.url == url
        assert await client.get("key") is None


async def test_frozen_server_answers_once_it_is_thawed(redis_server: RedisServer) -> None:
    """A frozen server takes a command and leaves it without an answer until it is thawed."""
    async with Redis.from_url(redis_server.url) as client:
        await client.ping()
        redis_server.freeze()
        answer = asyncio.create_task(client.ping())
        done, _ = await asyncio.wait([answer], timeout=0.1)
        assert not done
        redis_server.thaw()
        assert await answer


@pytest.mark.parametrize("frozen", [False, True])
def test_closed_server_leaves_nothing(frozen: bool) -> None:
    """Neither a process nor a folder is left, in whatever state the server was."""
    server = RedisServer()
    server.start()
    process = psutil.Process(server.pid)
    folder = Path(process.cwd())
    assert folder.exists()
    if frozen:
        server.freeze()
    server.close()
    assert not process.is_running()
    assert not folder.exists()
