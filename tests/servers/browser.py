"""A headless Chromium, spoken to by the DevTools protocol: https://chromedevtools.github.io/devtools-protocol/

It reaches 127.0.0.1 and nothing else; other names lead where the rules of a test lead them, or nowhere.
"""

import asyncio
import base64
import itertools
import json
import os
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from servers.node import install, one_at_a_time, run
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

FOLDER = Path(__file__).parents[1] / "foreign" / "browser"
UNPACKED = FOLDER / "node_modules" / ".unpacked"
START_TIMEOUT = 60.0
PATIENCE = 60.0
CALL_TIMEOUT = 120.0

#: Keys that are no text, with the code that goes with them, and what they type all the same.
_KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), "ArrowUp": (38, ""), " ": (32, " ")}

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_UNPACK = "console.log(await (await import('@sparticuz/chromium')).default.executablePath())"
_FONTS = "<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"
_ENDPOINT = re.compile(r"DevTools listening on (ws://\S+)")


class PageError(AssertionError):
    """A page failed, or did not do what was waited for; the message has what it complained of."""


class Page:
    """A tab. `complaints` holds what went wrong in it, in its own words, `requests` what it asked for while watched."""

    def __init__(self, devtools: "_DevTools", session: str, answers: Mapping[str, Path]) -> None:
        self._devtools = devtools
        self._session = session
        self._answers = answers
        self._loaded: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)  # of each navigation
        self.complaints: list[str] = []
        self.requests: list[str] = []

    async def open(self, url: str) -> None:
        """Go to an address, and wait until everything there is loaded."""
        went = await self._call("Page.navigate", url=url)
        if "errorText" in went:
            raise PageError(f"{url}: {went['errorText']}")
        try:
            async with asyncio.timeout(PATIENCE):
                # Of this one: what the browser shows in place of an address that failed is loaded too, and later.
                await self._loaded[went["loaderId"]].wait()
        except TimeoutError:
            raise PageError(f"{url} was not loaded; it complained of {self.complaints}") from None

    async def run(self, function: str, *arguments: object) -> Any:
        """Call a JavaScript function with JSON values and give what it, or its promise, returns."""
        given = ", ".join(json.dumps(each) for each in arguments)
        answer = await self._call(
            "Runtime.evaluate", expression=f"({function})({given})", awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise PageError(_exception(answer["exceptionDetails"]))
        return answer["result"].get("value")

    async def until(self, function: str, *arguments: object) -> Any:
        """Wait until a JavaScript function returns something true, and give that."""
        # Asked from here again and again: a promise that a page keeps for long may be collected there as garbage, and
        # the timers of a tab that is not seen are slow.
        try:
            async with asyncio.timeout(PATIENCE):
                while not (found := await self.run(function, *arguments)):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        except TimeoutError:
            found = None
        if not found:
            text = await self.run("() => document.body.innerText")
            raise PageError(f"not so in time: {function}\nthe page shows:\n{text}\nit complained of {self.complaints}")
        return found

    async def watch_requests(self) -> None:
        """From now on, note the address of everything that the tab asks for, whether it gets it or not."""
        await self._call("Network.enable")

    async def resemble(self, width: int, height: int, scheme: str) -> None:
        """Be a window of this size, of a user who prefers light or dark."""
        await self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        await self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    async def type(self, text: str) -> None:
        """Write where the focus is, as a keyboard does that has all letters."""
        await self._call("Input.insertText", text=text)

    async def press(self, key: str, *, shift: bool = False) -> None:
        """Press and let go of a key where the focus is: one of those that are no letter."""
        code, text = _KEYS[key]
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        await self._call("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        await self._call("Input.dispatchKeyEvent", type="keyUp", **event)

    async def picture(self) -> bytes:
        """Give what the window shows, as PNG."""
        return base64.b64decode((await self._call("Page.captureScreenshot", format="png"))["data"])

    async def close(self) -> None:
        """Close the tab, as a user does."""
        await self._call("Page.close")

    async def prepare(self) -> None:
        """Watch the tab, and answer for the addresses that it is not to fetch itself."""
        for domain in ("Page", "Runtime", "Log"):
            await self._call(f"{domain}.enable")
        await self._call("Page.setLifecycleEventsEnabled", enabled=True)
        if self._answers:
            await self._call("Fetch.enable", patterns=[{"urlPattern": url} for url in self._answers])

    async def handle(self, method: str, params: dict[str, Any]) -> None:
        """Take an event of the tab."""
        match method:
            case "Page.lifecycleEvent" if params["name"] == "load":
                self._loaded[params["loaderId"]].set()
            case "Inspector.targetCrashed":
                self.complaints.append("the page crashed")
                for each in self._loaded.values():
                    each.set()
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(_exception(params["exceptionDetails"]))
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
            case "Fetch.requestPaused":
                file = self._answers[params["request"]["url"]]
                await self._call(
                    "Fetch.fulfillRequest",
                    requestId=params["requestId"],
                    responseCode=200,
                    body=base64.b64encode(file.read_bytes()).decode(),
                )

    async def _call(self, method: str, **params: object) -> dict[str, Any]:
        return await self._devtools.call(method, params, self._session)


class Browser:
    """A running Chromium."""

    def __init__(self, devtools: "_DevTools") -> None:
        self._devtools = devtools

    async def page(self, answers: Mapping[str, Path] | None = None) -> Page:
        """Open a tab. `answers` gives files that stand for what is at some addresses elsewhere."""
        target = (await self._devtools.call("Target.createTarget", {"url": "about:blank"}))["targetId"]
        attached = await self._devtools.call("Target.attachToTarget", {"targetId": target, "flatten": True})
        page = Page(self._devtools, attached["sessionId"], answers or {})
        self._devtools.pages[attached["sessionId"]] = page
        await page.prepare()
        return page


@asynccontextmanager
async def browsing(*rules: str) -> AsyncIterator[Browser]:
    """Run a browser. A rule is as in `MAP chat.example:80 127.0.0.1:8080`."""
    with tempfile.TemporaryDirectory(prefix="palaver-browser-", ignore_cleanup_errors=True) as folder:
        program, variables = await _chromium(Path(folder))
        process = await asyncio.create_subprocess_exec(
            program,
            "--headless",
            "--no-sandbox",  # the superuser has none
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-proxy-server",
            "--remote-debugging-port=0",
            f"--user-data-dir={folder}",
            f"--host-resolver-rules={','.join([*rules, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'])}",
            env={**os.environ, "HOME": folder, **variables},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        said: list[str] = []
        endpoint: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        reader = asyncio.create_task(_read(process, said, endpoint))
        try:
            try:
                url = await asyncio.wait_for(endpoint, START_TIMEOUT)
            except TimeoutError:
                raise PageError("the browser did not start; it said:\n" + "\n".join(said)) from None
            async with connect(url, max_size=None, proxy=None) as socket, _devtools(socket) as devtools:
                yield Browser(devtools)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await reader


class _DevTools:
    """The one connection to the browser: calls with their answers, and events of tabs."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.pages: dict[str, Page] = {}

    async def call(self, method: str, params: Mapping[str, object], session: str | None = None) -> dict[str, Any]:
        """Ask for something and give its result."""
        number = next(self._ids)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        message = {"id": number, "method": method, "params": params}
        await self._socket.send(json.dumps({**message, "sessionId": session} if session else message))
        async with asyncio.timeout(CALL_TIMEOUT):
            return await answer

    async def listen(self) -> None:
        """Take in what comes until the browser ends. An event of a tab is handled before the next one of it."""
        events: defaultdict[str, asyncio.Queue[dict[str, Any]]] = defaultdict(asyncio.Queue)
        async with asyncio.TaskGroup() as handlers:
            with suppress(ConnectionClosed):
                async for raw in self._socket:
                    message = json.loads(raw)
                    if "id" in message:
                        self._take(message)
                    elif (session := message.get("sessionId")) in self.pages:
                        if session not in events:
                            handlers.create_task(self._handle(self.pages[session], events[session]))
                        events[session].put_nowait(message)

    def _take(self, message: dict[str, Any]) -> None:
        answer = self._answers.pop(message["id"])
        if answer.done():
            # Whoever asked has given up waiting.
            return
        if "error" in message:
            answer.set_exception(PageError(f"the browser refused: {message['error']}"))
        else:
            answer.set_result(message["result"])

    @staticmethod
    async def _handle(page: Page, events: asyncio.Queue[dict[str, Any]]) -> None:
        while True:
            message = await events.get()
            await page.handle(message["method"], message["params"])


@asynccontextmanager
async def _devtools(socket: ClientConnection) -> AsyncIterator[_DevTools]:
    devtools = _DevTools(socket)
    listening = asyncio.create_task(devtools.listen())
    try:
        yield devtools
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def _chromium(profile: Path) -> tuple[str, dict[str, str]]:
    """Find the browser on PATH, or unpack the one of npm with its libraries and fonts; give its environment too."""
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found, {}
    node = await install(FOLDER)
    async with one_at_a_time(FOLDER / "package.json"):
        if not UNPACKED.is_dir():
            await _unpack(node)
    # Its own configuration looks for fonts where a cloud has them, and without any a page with a button crashes.
    fonts = profile / "fonts.conf"
    fonts.write_text(_FONTS.format(fonts=UNPACKED / "fonts", cache=profile / "fonts-cache"), encoding="utf-8")
    return str(UNPACKED / "chromium"), {
        "LD_LIBRARY_PATH": str(UNPACKED / "al2023" / "lib"),
        "FONTCONFIG_FILE": str(fonts),
    }


async def _unpack(node: str) -> None:
    with tempfile.TemporaryDirectory(dir=UNPACKED.parent) as folder:
        # It unpacks into the folder of temporary files, and its libraries only where it believes to be in a cloud.
        variables = {"TMPDIR": folder, "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x"}
        code, output = await run(FOLDER, node, "--input-type=module", "--eval", _UNPACK, **variables)
        assert code == 0, f"the browser could not be unpacked:\n{output}"
        Path(folder).rename(UNPACKED)
        Path(folder).mkdir()


async def _read(process: asyncio.subprocess.Process, said: list[str], endpoint: asyncio.Future[str]) -> None:
    assert process.stderr is not None
    async for raw in process.stderr:
        said.append(raw.decode(errors="replace").rstrip())
        found = _ENDPOINT.search(said[-1])
        if found and not endpoint.done():
            endpoint.set_result(found[1])
    if not endpoint.done():
        endpoint.set_exception(PageError("the browser ended at once; it said:\n" + "\n".join(said)))


def _exception(details: dict[str, Any]) -> str:
    return str(details.get("exception", {}).get("description") or details["text"])
