"""examples/web: a frontend on the generated types talks, and does not compile when the documents have changed."""

import re
import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from doubles.clone import clone as made
from doubles.tutorial import Reader
from servers.browser import Page, browsing
from servers.node import install, program, run
from servers.palaver import serving
from servers.site import site

from palaver_conformance.topology.process import free_port

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "web"
TYPES = Path("generated") / "palaver_wire" / "typescript"
ORIGIN = "http://localhost:5173"
"""Where Vite has the page of whoever writes it."""


@pytest.fixture
async def clone(tmp_path: Path) -> Path:
    """A folder with what the example needs of a clone after `make setup`."""
    await install(EXAMPLE)
    made(tmp_path, "examples/web", str(TYPES), "spec/common", "spec/gateway")
    (tmp_path / "examples" / "web" / "node_modules").symlink_to(EXAMPLE / "node_modules")
    return tmp_path


async def test_readme(clone: Path) -> None:
    """Its commands print what it shows: everything compiles, until an event of the document has another name."""
    server, page = str(free_port()), str(free_port())

    def adapted(command: str, _: str) -> str | None:
        if command.startswith("npm run dev"):
            return f"{command} -- --port {page} --strictPort"
        if command.endswith("make run"):
            return f"{command} PORT={server}"
        return None if command.startswith("npm ci") else command

    # The generated package has to be one that was generated here.
    shutil.rmtree(clone / "generated")
    code, printed = await run(clone, ".venv/bin/palaver", "generate", "gateway")
    assert code == 0, printed
    variables = {"VITE_CHAT_SERVER": f"http://127.0.0.1:{server}"}
    async with (
        Reader(clone, adapted=adapted, stand_ins={"5173": page}, variables=variables) as reader,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        done = await reader.follow((EXAMPLE / "README.md").read_text())
        assert [bool(code) for _, code in done] == [False] * 6 + [True]
        # Where the page is that is written, and what it may ask.
        source = await client.get(f"http://localhost:{page}/src/main.ts")
        assert variables["VITE_CHAT_SERVER"] in source.text
        origin = f"http://localhost:{page}"
        answer = await client.get(f"{variables['VITE_CHAT_SERVER']}/users/me", headers={"Origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize(
    ("document", "find", "put", "complaint"),
    [
        (
            "asyncapi.yaml",
            "required: [success, messages, changed, hasMore, revision]",
            "required: [success, messages, changed, hasMore]",
            r"src/chat\.ts\(\d+,\d+\): error TS2322: Type 'number \| undefined'",
        ),
        (
            "openapi.yaml",
            "/auth/login:",
            "/auth/sign-in:",
            r"src/chat\.ts\(38,45\): error TS2345: Argument of type '\"post\"' is not assignable",
        ),
        (
            "schemas.yaml",
            "required: [id, conversationId, senderId, content,",
            "required: [id, conversationId, senderId,",
            r"src/main\.ts\(\d+,\d+\): error TS2345: Argument of type 'string \| undefined'",
        ),
    ],
)
async def test_compiler_finds_the_break(clone: Path, document: str, find: str, put: str, complaint: str) -> None:
    """A path of another name, and fields of an answer and of an event that may be absent, break their lines."""
    changed = clone / "spec" / "gateway" / document
    text = changed.read_text()
    assert find in text
    changed.write_text(text.replace(find, put))
    shutil.rmtree(clone / "generated")
    code, printed = await run(clone, ".venv/bin/palaver", "generate", "gateway")
    assert code == 0, printed
    code, printed = await run(clone / "examples" / "web", "npx", "tsc")
    assert code != 0
    assert re.search(complaint, printed), printed


async def fill(page: Page, form: str, button: str = "button", **fields: str) -> None:
    """Fill in a form of the page, and press a button of it."""
    await page.run(
        """(form, button, fields) => {
            const element = document.getElementById(form);
            for (const [name, value] of Object.entries(fields)) element.elements[name].value = value;
            element.querySelector(button).click();
        }""",
        form,
        button,
        fields,
    )


async def test_page_talks(clone: Path) -> None:
    """Two people sign up, one begins a conversation with the other, and each reads what the other writes."""
    async with AsyncExitStack() as stack:
        allowed = {"PALAVER_ALLOWED_ORIGINS": ORIGIN}
        server = await stack.enter_async_context(serving("--dialect", "gateway", env=allowed))
        folder = clone / "examples" / "web"
        code, printed = await run(folder, program("npm"), "run", "build", VITE_CHAT_SERVER=server.url)
        assert code == 0, printed
        port = stack.enter_context(site(folder / "dist"))
        browser = await stack.enter_async_context(browsing(f"MAP localhost:5173 127.0.0.1:{port}"))
        pages = {name: await browser.page() for name in ("alice", "bob")}
        users = {}
        for name, page in pages.items():
            await page.open(ORIGIN)
            await fill(page, "sign-in", "[value=register]", username=name, password="correct horse battery")
            users[name] = await page.until("() => document.getElementById('me').textContent")
        await fill(pages["alice"], "begin", users=users["bob"])
        for page in pages.values():
            await page.until("() => document.querySelector('#conversations [aria-pressed=true]') !== null")
        said = {"alice": "Is anybody <b>here</b>?", "bob": "I am."}
        for name, content in said.items():
            await fill(pages[name], "say", content=content)
            for page in pages.values():
                lines = "[...document.querySelectorAll('#messages li')].map((one) => one.textContent)"
                await page.until(f"(shown) => {lines}.includes(shown)", f"{users[name]} {content}")
        assert {name: page.complaints for name, page in pages.items()} == {"alice": [], "bob": []}
