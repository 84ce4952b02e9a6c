"""The browser of the tests is itself right."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from servers.browser import PageError, browsing

HTML = b"<!DOCTYPE html><script src='https://far.example/sum.js'></script><p id='sum'></p>"


@asynccontextmanager
async def answering(body: bytes) -> AsyncIterator[int]:
    """Answer every request with the same page; give the port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        yield server.sockets[0].getsockname()[1]


async def test_page_runs_its_scripts(tmp_path: Path) -> None:
    """A script from elsewhere is the file that stands for it; what functions and promises return is given."""
    script = tmp_path / "sum.js"
    script.write_text("window.sum = (a, b) => a + b; setTimeout(() => (document.title = 'late'), 50);")
    async with answering(HTML) as port, browsing() as browser:
        page = await browser.page({"https://far.example/sum.js": script})
        await page.open(f"http://127.0.0.1:{port}/")
        assert await page.run("(a, b) => Promise.resolve({ sum: sum(a, b) })", 2, 3) == {"sum": 5}
        assert await page.until("(title) => document.title === title", "late")
        assert page.complaints == []


async def test_a_name_leads_where_a_rule_leads_it() -> None:
    """Host and port of an address can be those of another server, and the page does not know."""
    async with answering(b"hello") as port, browsing(f"MAP localhost:3004 127.0.0.1:{port}") as browser:
        page = await browser.page()
        await page.open("http://localhost:3004/")
        assert await page.run("() => [location.origin, document.body.innerText]") == ["http://localhost:3004", "hello"]


async def test_nothing_else_can_be_reached() -> None:
    """A name without a rule leads nowhere, and the page's complaint is kept."""
    async with answering(HTML) as port, browsing() as browser:
        page = await browser.page()
        with pytest.raises(PageError, match="ERR_NAME_NOT_RESOLVED"):
            await page.open("http://far.example/")
        await page.open(f"http://127.0.0.1:{port}/")
        assert any("https://far.example/sum.js" in each for each in page.complaints)


async def test_failures_of_a_page_are_failures_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception comes out, and so does what was waited for in vain, with what the page shows."""
    async with answering(b"hello") as port, browsing() as browser:
        page = await browser.page()
        await page.open(f"http://127.0.0.1:{port}/")
        monkeypatch.setattr("servers.browser.PATIENCE", 0.1)
        with pytest.raises(PageError, match="ReferenceError: nothing is not defined"):
            await page.run("() => nothing")
        with pytest.raises(PageError, match="hello"):
            await page.until("() => false")


async def test_an_answer_that_comes_too_late_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for something else meanwhile gets that."""
    async with answering(b"hello") as port, browsing() as browser:
        page = await browser.page()
        await page.open(f"http://127.0.0.1:{port}/")
        with monkeypatch.context() as patch:
            patch.setattr("servers.browser.CALL_TIMEOUT", 0.0)
            with pytest.raises(TimeoutError):
                await page.run("() => 'late'")
        assert await page.run("() => 'in time'") == "in time"


async def test_requests_of_a_page_are_seen() -> None:
    """While a tab is watched, all that it asks for is noted, also what it does not get."""
    async with answering(HTML) as port, browsing() as browser:
        page = await browser.page()
        await page.watch_requests()
        await page.open(f"http://127.0.0.1:{port}/")
        assert page.requests[:2] == [f"http://127.0.0.1:{port}/", "https://far.example/sum.js"]


async def test_window_is_as_it_is_asked_for() -> None:
    """A page finds the width and the colour scheme."""
    async with answering(b"hello") as port, browsing() as browser:
        page = await browser.page()
        await page.resemble(360, 640, "dark")
        await page.open(f"http://127.0.0.1:{port}/")
        found = "() => [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]"
        assert await page.run(found) == [360, True]


async def test_bold_text_does_not_end_the_browser() -> None:
    """There are fonts for whatever a page asks for."""
    bold = b"<!DOCTYPE html><style>b { font: italic 700 2rem ui-monospace, Georgia, serif }</style><b>hello</b>"
    async with answering(bold) as port, browsing() as browser:
        page = await browser.page()
        await page.open(f"http://127.0.0.1:{port}/")
        assert await page.run("() => document.querySelector('b').getBoundingClientRect().width") > 20
