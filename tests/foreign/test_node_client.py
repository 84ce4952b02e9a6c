"""The official Socket.IO client for JavaScript, and plain WebSockets, speak to `palaver serve`."""

import asyncio
import hashlib
import os
import re
import shutil
from pathlib import Path

import pytest
from servers.palaver import Server, serving

PROJECT = Path(__file__).parent / "node"
INSTALLED = PROJECT / "node_modules" / ".palaver-stamp"
TIMEOUT = 180.0
SECRET = "the secret of these tests, which is long enough"


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not on PATH; this test needs Node.js 20 or later, from your package manager or nodejs.org"
    return found


async def _run(*command: str, **variables: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=PROJECT,
        env={**os.environ, **variables},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return process.returncode, output.decode(errors="replace")


@pytest.fixture(scope="session")
async def node() -> str:
    """Install the client as its lockfile says, unless that is done; return the path of Node.js."""
    wanted = hashlib.sha256((PROJECT / "package-lock.json").read_bytes()).hexdigest()
    if not (INSTALLED.is_file() and INSTALLED.read_text() == wanted):
        code, output = await _run(_program("npm"), "ci")
        assert code == 0, f"npm ci failed in tests/foreign/node:\n{output}"
        INSTALLED.write_text(wanted)
    return _program("node")


async def _pass(node: str, tests: str, server: Server, least: int, **variables: str) -> None:
    """Run a file of tests in JavaScript; each of at least so many has to pass."""
    code, output = await _run(node, "--test", "--test-reporter=tap", tests, PALAVER_URL=server.url, **variables)
    assert code == 0, f"{output}\n\nThe server printed:\n{server.output}"
    passed = re.search(r"^# pass (\d+)$", output, re.MULTILINE)
    assert passed, output
    assert int(passed[1]) >= least, "fewer tests ran than there are"
    assert re.search(r"^# skipped 0$", output, re.MULTILINE)


async def test_javascript_client_is_served(node: str) -> None:
    """Connect, refused connect, send, receive, edit, delete and sync work over each of the client's transports."""
    async with serving() as server:
        await _pass(node, "client.test.js", server, 25)


async def test_service_of_the_social_frontend_is_served(node: str) -> None:
    """In a namespace of its own: first messages, typing, reading, the HTTP fallback, and coming back."""
    async with serving("--dialect", "social", env={"PALAVER_JWT_SECRET": SECRET}) as server:
        await _pass(node, "social.test.js", server, 28, PALAVER_JWT_SECRET=SECRET)


async def test_hook_of_the_messenger_is_served(node: str) -> None:
    """The web application's own socket code works: it sends, marks read, is told of others, and comes back."""
    async with serving("--dialect", "messenger", env={"PALAVER_JWT_SECRET": SECRET}) as server:
        await _pass(node, "messenger.test.js", server, 30, PALAVER_JWT_SECRET=SECRET)


async def test_plain_websocket_client_is_served(node: str) -> None:
    """The session of the guide over `ws`: rooms, messages, typing, reading and REST, refusals and close codes."""
    async with serving("--dialect", "envelope", env={"PALAVER_JWT_SECRET": SECRET}) as server:
        await _pass(node, "envelope.test.js", server, 12, PALAVER_JWT_SECRET=SECRET)
