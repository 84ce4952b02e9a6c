"""The fixture that runs `palaver serve` is itself right."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from servers.palaver import ServerError, scratch, serving


async def test_server_listens_where_it_says() -> None:
    """The address that the server prints is one that accepts connections, until the block ends."""
    async with serving() as server:
        host, port = server.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        await writer.wait_closed()
    assert server.process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, int(port))


async def test_server_says_where_it_speaks_grpc() -> None:
    """The address of a dialect that speaks gRPC is known too; without one there is none."""
    async with serving("--dialect", "aether", "--grpc-port", "0") as server:
        assert server.grpc is not None
        host, port = server.grpc.split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        await writer.wait_closed()
        assert server.url != f"http://{server.grpc}"
    async with serving() as server:
        assert server.grpc is None


async def test_server_that_cannot_start_shows_what_it_printed() -> None:
    """The failure message has the output of a server that ended before it listened."""
    with pytest.raises(ServerError, match="no-such-dialect"):
        async with serving("--dialect", "no-such-dialect"):
            pytest.fail("the server started")


async def test_server_dies_with_a_failing_block() -> None:
    """An exception inside the block comes out as it is, and no process is left."""
    with pytest.raises(ZeroDivisionError):
        async with serving() as server:
            _ = 1 / 0
    assert server.process.returncode is not None


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no folder is known here that no disk holds")
def test_databases_wait_for_no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are in memory where that has room, and in the usual place where not."""
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=1 << 30))
    assert scratch() == Path("/dev/shm")
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=(1 << 30) - 1))
    assert scratch() is None


async def test_warnings_and_errors_are_found_in_what_a_server_prints() -> None:
    """From any line on."""
    lines = ["a WARNING old", "b INFO well", "c WARNING new", "d ERROR worse"]
    async with serving() as server:
        server.lines[:] = lines
        assert server.problems() == ["a WARNING old", *lines[2:]]
        assert server.problems(1) == lines[2:]
