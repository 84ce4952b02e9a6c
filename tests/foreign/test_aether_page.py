"""The test page that came with the aether dialect, unchanged, in a browser.

It takes the Socket.IO client from the network and speaks to localhost:3002. Here the client is the one of
tests/foreign/node, and the names lead to the ports of this test; the page knows nothing of that.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from doubles.gateway import SECRET, token
from servers.browser import Page, browsing
from servers.node import install
from servers.palaver import serving
from servers.site import site

HERE = Path(__file__).parent
CLIENT = HERE / "node" / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
CDN = "https://cdn.socket.io/4.7.4/socket.io.min.js"
ORIGIN = "http://localhost:3004"
"""Where the project of the page has its web site."""

Visit = Callable[[str], Awaitable[Page]]


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    """How somebody opens the page and connects with a token."""
    await install(HERE / "node")
    async with AsyncExitStack() as stack:
        port = stack.enter_context(site(HERE / "aether"))
        variables = {"PALAVER_JWT_SECRET": SECRET, "PALAVER_ALLOWED_ORIGINS": ORIGIN}
        server = await stack.enter_async_context(serving("--dialect", "aether", "--grpc-port", "0", env=variables))
        browser = await stack.enter_async_context(
            browsing(
                f"MAP localhost:3002 {urlsplit(server.url).netloc}",
                f"MAP localhost:3004 127.0.0.1:{port}",
            )
        )

        async def visit_(given: str) -> Page:
            page = await browser.page({CDN: CLIENT})
            await page.open(f"{ORIGIN}/test-client.html")
            await fill(page, "token", given)
            await click(page, "Connect")
            return page

        yield visit_


async def fill(page: Page, field: str, value: str) -> None:
    """Write into a field of the page."""
    await page.run("(field, value) => { document.getElementById(field).value = value }", field, value)


async def click(page: Page, label: str) -> None:
    """Press a button of the page."""
    await page.run(
        "(label) => [...document.querySelectorAll('button')].find((one) => one.textContent === label).click()", label
    )


async def shows(page: Page, text: str) -> None:
    """Wait until the page shows a message of exactly this text, whenever it came."""
    lines = "[...document.querySelectorAll('#messages div')].map((one) => one.textContent)"
    await page.until(f"(text) => {lines}.some((line) => line.endsWith(` - ${{text}}`))", text)


async def test_page_works_unchanged(visit: Visit) -> None:
    """Two people connect, join a room, see each other come, read each other, and see each other go."""
    ada, bob = await visit(token("ada")), await visit(token("bob"))
    for page in (ada, bob):
        await shows(page, "✅ Connected: Successfully connected")
    await click(ada, "Join Room")
    await fill(ada, "message", "Is anybody here?")
    await click(ada, "Send")
    await shows(ada, "ada: Is anybody here?")
    await click(bob, "Join Room")
    await shows(ada, "👋 bob joined the room")
    await fill(bob, "message", "I am 👋 <b>here</b>")
    await click(bob, "Send")
    for page in (ada, bob):
        await shows(page, "bob: I am 👋 <b>here</b>")
        # It began with polling, in requests of another origin.
        await page.until("() => socket.io.engine.transport.name === 'websocket'")
        assert page.complaints == []
    await bob.close()
    await shows(ada, "👋 bob left the room")


async def test_page_shows_refusals(visit: Visit) -> None:
    """A token that is no good, and a message to a room that was not joined, are shown with their reasons."""
    stranger = await visit("no token")
    await stranger.until("() => document.getElementById('messages').innerText.includes('❌ Error: ')")
    await stranger.until("() => socket.disconnected")
    ada = await visit(token("ada"))
    await shows(ada, "✅ Connected: Successfully connected")
    await fill(ada, "message", "hello")
    await click(ada, "Send")
    await shows(ada, "❌ Error: You are not in this room")
