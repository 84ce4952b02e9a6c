"""The pages about serving: what they start is there, where and as they say."""

import json
import re
from pathlib import Path

import httpx
import pytest
from doubles.clone import ROOT
from doubles.tutorial import Reader, blocks
from servers.node import install, run

from palaver_conformance.topology.process import free_port
from palaver_runtime import dialects
from palaver_runtime.serving import dialect_places

DOCS = ROOT / "docs"
CLIENTS = ROOT / "tests" / "foreign" / "node"


async def status(url: str, **headers: str) -> tuple[int, str]:
    """Ask for something over HTTP; give the status and the body."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(url, headers=headers)
    return answer.status_code, answer.text


async def test_mock(tmp_path: Path) -> None:
    """docs/howto/mock-a-server.md: a client of socket.io talks to it, and hears itself."""
    page = (DOCS / "howto" / "mock-a-server.md").read_text()
    node = await install(CLIENTS)
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")

    async def talk(program: str) -> None:
        # What the page leaves to its reader: where `io` is from, and when it is enough.
        before = "import {io} from 'socket.io-client'\nlet told\nconst heard = new Promise((done) => told = done)\n"
        before += "const print = console.log\nconsole.log = (...words) => { print(...words); told() }\n"
        after = "await heard\nsocket.disconnect()\nprint(answer.success)\n"
        (tmp_path / "talk.mjs").write_text(before + program + after)
        code, printed = await run(tmp_path, node, "talk.mjs")
        assert (code, printed.split()) == (0, ["Hello!", "true"])

    ports = {"4010": str(free_port())}
    async with Reader(tmp_path, takes={"js": talk}, stand_ins=ports) as reader:
        assert [code for _, code in await reader.follow(page)] == [0]


async def test_watching(tmp_path: Path) -> None:
    """docs/howto/watch-a-server.md: figures are at the port for them alone, and a line of the log has what is shown."""
    page = (DOCS / "howto" / "watch-a-server.md").read_text()
    port, operations = free_port(), free_port()
    shown: list[dict[str, str]] = []

    async def line(text: str) -> None:
        shown.append(json.loads(text))

    def adapted(command: str, _: str) -> str:
        return f"PALAVER_LOG_FORMAT=json {command} --port {port}" if " serve " in command else command

    reader = Reader(tmp_path, adapted=adapted, takes={"json": line}, stand_ins={"9464": str(operations)})
    async with reader:
        assert [code for _, code in await reader.follow(page)] == [0, 0, 0]
        for name in ("metrics", "healthz", "readyz"):
            assert (await status(f"http://127.0.0.1:{operations}/{name}"))[0] == 200
        assert (await status(f"http://127.0.0.1:{port}/metrics"))[0] == 404
    assert reader.terminal.variables["OTEL_EXPORTER_OTLP_ENDPOINT"].startswith("http://")
    logged = [json.loads(each) for each in reader.terminal.printed.splitlines() if each.startswith("{")]
    assert logged
    # A line has whom it is about when it is about anybody.
    assert all(list(each) == list(shown[0])[: len(each)] for each in logged)


async def test_several_workers(tmp_path: Path, redis_url: str) -> None:
    """docs/howto/run-several-workers.md: they share the port, and the operations port is for all of them."""
    page = (DOCS / "howto" / "run-several-workers.md").read_text()
    port, operations = free_port(), free_port()

    def adapted(command: str, _: str) -> str:
        # As many as show it: each takes a second to start.
        return command.replace("--workers 4", f"--workers 2 --port {port}")

    stand_ins = {"9464": str(operations), "redis://127.0.0.1:6379/0": redis_url}
    async with Reader(tmp_path, adapted=adapted, stand_ins=stand_ins) as reader:
        assert [code for _, code in await reader.follow(page)] == [0, 0, 0]
        code, text = await status(f"http://127.0.0.1:{operations}/readyz")
        assert (code, json.loads(text)["status"]) == (200, "ready")
        assert (await status(f"http://127.0.0.1:{port}/healthz"))[0] == 200


async def test_chat_page_under_another_name(tmp_path: Path) -> None:
    """docs/howto/use-the-chat-page.md: a page that was loaded under the name that is said may speak for its user."""
    page = (DOCS / "howto" / "use-the-chat-page.md").read_text()
    port, balancer = free_port(), free_port()

    def adapted(command: str, _: str) -> str:
        if " cluster " in command:
            return f"{command} --instances 2 --port {balancer}".replace(str(port), str(balancer))
        return command.replace("--host 0.0.0.0", f"--host 127.0.0.1 --port {port}")

    async with Reader(tmp_path, adapted=adapted, stand_ins={"4001": str(port)}) as reader:
        assert [code for _, code in await reader.follow(page)] == [0, 0]
        polling = f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=polling"
        behind = f"http://127.0.0.1:{balancer}/socket.io/?EIO=4&transport=polling"
        assert (await status(f"http://127.0.0.1:{balancer}/"))[0] == 200
        assert (await status(behind, Origin=f"http://127.0.0.1:{balancer}"))[0] == 200
        assert (await status(behind, Origin=f"http://127.0.0.1:{port}"))[0] == 400
        assert (await status(f"http://127.0.0.1:{port}/"))[0] == 200
        assert (await status(polling, Origin=f"http://192.168.1.5:{port}"))[0] == 200
        assert (await status(polling, Origin="http://192.168.1.6:4001"))[0] == 400


async def test_dialects(tmp_path: Path) -> None:
    """docs/topics/dialects.md: all of them on one port, and some of them, each where its line says."""
    page = (DOCS / "topics" / "dialects.md").read_text()
    one, some = free_port(), free_port()

    def adapted(command: str, _: str) -> str:
        if "--port 4000" in command:
            return command.replace("4000", f"{one} --grpc-port 0")
        return f"{command} --port {some}" if " serve " in command else command

    async with Reader(tmp_path, adapted=adapted) as reader:
        assert [code for _, code in await reader.follow(page)] == [0, 0, 0, 0]
        for name in dialects.available():
            assert f"{name} is served at http://127.0.0.1:{one}/{name}\n" in reader.terminal.printed
        assert (await status(f"http://127.0.0.1:{one}/gateway/conversations"))[0] == 401
        assert (await status(f"http://127.0.0.1:{some}/envelope/api/v1/chat/rooms"))[0] == 401
        assert (await status(f"http://127.0.0.1:{some}/gateway/conversations"))[0] == 404


def test_dialects_are_where_the_page_says() -> None:
    """Where nothing else is said each is on its own port, and of those that want the same the later ones move up."""
    every = {name: dialects.load(name) for name in dialects.available()}
    page = (DOCS / "topics" / "dialects.md").read_text()
    wanted = {name: int(port) for name, port in re.findall(r"^\| `(\w+)` \|.*\| (\d+)\b[^|]*\|$", page, re.MULTILINE)}
    assert wanted == {name: dialect.DEFAULT_PORT for name, dialect in every.items()}
    found = [(place.port, wanted[name]) for name, place in dialect_places(every, None).items()]
    assert len({port for port, _ in found}) == len(every)
    assert all(port >= wish for port, wish in found)


@pytest.mark.parametrize(
    "page",
    [
        *("howto/deploy.md", "howto/use-the-python-client.md", "topics/performance.md", "topics/scale.md"),
        "topics/toolchain-speed.md",
    ],
)
async def test_pages_with_nothing_to_be_typed_here(page: str, tmp_path: Path) -> None:
    """Each of their commands is one of those that no test can type, and would be found if it were another."""
    text = (DOCS / page).read_text()
    async with Reader(tmp_path, adapted=lambda command, _: f"false {command}", elsewhere=("python",)) as reader:
        done = await reader.follow(text)
    assert len(done) == sum(len(block.commands) for block in blocks(text, "sh")) >= 1
    assert {code for _, code in done} == {0}
