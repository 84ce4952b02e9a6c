"""The official Socket.IO client for JavaScript, and plain WebSockets, speak to `palaver serve`."""

import re
from pathlib import Path

import pytest
from servers.node import install, run
from servers.palaver import Server, serving

PROJECT = Path(__file__).parent / "node"
PROTOS = Path(__file__).parents[2] / "spec" / "aether"
SECRET = "the secret of these tests, which is long enough"


@pytest.fixture(scope="session")
async def node() -> str:
    """Install the client; return the path of Node.js."""
    return await install(PROJECT)


async def _pass(node: str, tests: str, server: Server, least: int, *, path: str = "", **variables: str) -> None:
    """Run a file of tests in JavaScript; each of at least so many has to pass."""
    code, output = await run(
        PROJECT, node, "--test", "--test-reporter=tap", tests, PALAVER_URL=server.url + path, **variables
    )
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
    """In a namespace of its own: first messages, groups, typing, reading, the HTTP fallback, and coming back."""
    async with serving("--dialect", "social", "--dialect", "gateway", env={"PALAVER_JWT_SECRET": SECRET}) as server:
        variables = {"PALAVER_JWT_SECRET": SECRET, "PALAVER_GATEWAY_URL": f"{server.url}/gateway"}
        await _pass(node, "social.test.js", server, 31, path="/social", **variables)


async def test_hook_of_the_messenger_is_served(node: str) -> None:
    """The web application's own socket code works: it sends, marks read, is told of others, and comes back."""
    async with serving("--dialect", "messenger", env={"PALAVER_JWT_SECRET": SECRET}) as server:
        await _pass(node, "messenger.test.js", server, 30, PALAVER_JWT_SECRET=SECRET)


async def test_plain_websocket_client_is_served(node: str) -> None:
    """The session of the guide over `ws`: rooms, messages, typing, reading and REST, refusals and close codes."""
    async with serving("--dialect", "envelope", env={"PALAVER_JWT_SECRET": SECRET}) as server:
        await _pass(node, "envelope.test.js", server, 12, PALAVER_JWT_SECRET=SECRET)


async def test_clients_of_the_aether_project_are_served(node: str) -> None:
    """Its sockets and its services work: rooms, messages and typing by events, calls with its own .proto files."""
    arguments = ("--dialect", "aether", "--grpc-port", "0")
    async with serving(*arguments, env={"PALAVER_JWT_SECRET": SECRET}) as server:
        assert server.grpc is not None
        variables = {"PALAVER_JWT_SECRET": SECRET, "PALAVER_GRPC": server.grpc, "PALAVER_PROTOS": str(PROTOS)}
        await _pass(node, "aether.test.js", server, 19, **variables)
