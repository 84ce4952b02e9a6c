"""The generated TypeScript types under `tsc --strict`, and programs made with them against a running server."""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from servers.all_dialects import token
from servers.node import install, run
from servers.palaver import Server

ROOT = Path(__file__).parents[2]
PROJECT = Path(__file__).parent / "typescript"
TYPES = ROOT / "generated" / "palaver_wire" / "typescript"
PAGE = ROOT / "docs" / "howto" / "use-the-typescript-types.md"

_BLOCK = re.compile(r"^```ts\n// (?P<file>\S+)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)


def programs(page: str) -> dict[str, str]:
    """Return the programs of a page: the blocks of each file, one after the other."""
    found: dict[str, str] = {}
    for block in _BLOCK.finditer(page):
        found[block["file"]] = found.get(block["file"], "") + block["code"]
    return found


def put(code: str, find: str, put: str) -> str:
    """Replace the one place where some text stands."""
    assert code.count(find) == 1, f"{find!r} stands {code.count(find)} times in the page"
    return code.replace(find, put)


async def compiled(folder: Path) -> tuple[int | None, str]:
    """Compile all that is in a folder, beside the types; give the exit code of tsc and what it printed."""
    await install(PROJECT)
    for types in TYPES.glob("*.d.ts"):
        shutil.copy(types, folder)
    for name in ("package.json", "tsconfig.json"):
        shutil.copy(PROJECT / name, folder)
    (folder / "node_modules").symlink_to(PROJECT / "node_modules")
    return await run(folder, str(PROJECT / "node_modules" / ".bin" / "tsc"), "--project", str(folder))


@pytest.fixture(scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory, all_dialects: Server) -> Path:
    """A folder with all that is compiled: what the types have to refuse, and the page's programs for this server."""
    folder = tmp_path_factory.mktemp("typescript")
    shutil.copy(PROJECT / "negative.ts", folder)
    code = programs(PAGE.read_text(encoding="utf-8"))
    assert list(code) == ["chat.ts", "frames.ts"]
    # The page has each dialect at a port of its own, here they are below paths.
    chat = put(code["chat.ts"], "http://127.0.0.1:4001", f"{all_dialects.url}/gateway")
    chat = put(chat, "io(url, {", 'io(new URL(url).origin, { path: "/gateway/socket.io/",')
    frames = put(code["frames.ts"], "ws://127.0.0.1:3000", all_dialects.url.replace("http", "ws") + "/envelope")
    frames = put(frames, '"…"', f'"{token("user_123_ts")}"')
    (folder / "chat.ts").write_text(chat)
    (folder / "frames.ts").write_text(frames)
    exit_code, output = await compiled(folder)
    assert exit_code == 0, output
    return folder


def test_wrong_use_does_not_compile(folder: Path) -> None:
    """Every wrong payload, event, frame, path and code is refused, and every right program is not."""
    assert (folder / "built" / "negative.js").is_file()
    assert len(list(folder.glob("*.d.ts"))) == len(list(TYPES.glob("*.d.ts"))) >= 5


async def test_compiler_is_asked_for_real(tmp_path: Path) -> None:
    """A program that the types do not allow fails, with its place."""
    (tmp_path / "wrong.ts").write_text(
        'import type { SendMessage } from "./gateway.js";\n'
        'export const message: SendMessage = { conversationId: "1", contents: "x" };\n'
    )
    code, output = await compiled(tmp_path)
    assert code != 0
    assert "wrong.ts(2," in output, output


async def test_answers_of_the_page_are_looked_into(tmp_path: Path) -> None:
    """Who takes the message from an answer without asking whether there is one is told so by the compiler."""
    page = programs(PAGE.read_text(encoding="utf-8"))
    (tmp_path / "chat.ts").write_text(put(page["chat.ts"], "  if (!answer.success) throw", "  if (false) throw"))
    code, output = await compiled(tmp_path)
    assert code != 0
    assert "Property 'message' does not exist on type 'Refused'" in output, output


async def test_programs_of_the_page_talk(folder: Path, all_dialects: Server) -> None:
    """Two clients of socket.io-client hear each other, a refusal is told, and the history is read over REST."""
    node = await install(PROJECT)
    code, output = await run(folder, node, str(folder / "built" / "chat.js"))
    assert (code, output.splitlines()) == (0, ["heard", "refused", "Shall we meet at nine?"]), all_dialects.output


async def test_frames_of_the_page_go_both_ways(folder: Path, all_dialects: Server) -> None:
    """Over a bare WebSocket a room is entered, and what is said there comes back."""
    # Who is written to has to exist, as after a first visit.
    async with httpx.AsyncClient(base_url=f"{all_dialects.url}/envelope", trust_env=False) as other:
        visit = await other.get("/api/v1/chat/rooms", headers={"Authorization": f"Bearer {token('user_456')}"})
        assert visit.status_code == 200
    node = await install(PROJECT)
    # Node.js 20 has it behind a flag; later ones have it anyway.
    options = ("--experimental-websocket", "--no-warnings")
    code, output = await run(folder, node, *options, str(folder / "built" / "frames.js"))
    assert (code, output.strip()) == (0, "Hello!"), all_dialects.output
