"""The pages about documents: what they type works on documents as a reader has them, and finds what they show."""

import shutil
from pathlib import Path

import httpx
import socketio
import yaml
from doubles.clone import ROOT, clone
from doubles.tutorial import Reader, blocks

from palaver_codegen.documents.problems import Level
from palaver_codegen.documents.rules.meanings import OPERATION_KEYS
from palaver_codegen.documents.settings import Style, read_settings
from palaver_codegen.documents.suppressions import read_comments
from palaver_codegen.documents.vocabulary import Kind, vocabulary
from palaver_conformance.topology.process import free_port

HOWTO = ROOT / "docs" / "howto"
DESK = ROOT / "examples" / "desk"


async def test_linting(tmp_path: Path) -> None:
    """docs/howto/lint-documents.md: the finding that is shown is found, the settings and the comment are understood."""
    shutil.copytree(DESK / "spec", tmp_path / "spec")
    document = tmp_path / "spec" / "desk" / "asyncapi.yaml"
    _, assign, after = document.read_text().partition("\n    AssignTicket:\n")
    unbounded = after.replace("      properties:\n", "      properties:\n        note: {type: string}\n", 1)
    document.write_text(document.read_text().replace(assign + after, assign + unbounded))

    async def understood(text: str) -> None:
        if "style:" in text:
            (tmp_path / "dialect").mkdir()
            (tmp_path / "dialect" / ".palaver-lint.yaml").write_text(text)
            settings = read_settings(tmp_path / "dialect")
            assert settings.problems == ()
            assert settings.style is Style.HOUSE
            assert settings.levels == {"string-unbounded": Level.ERROR, "example-missing": None}
            assert [each.rules for each in settings.suppressions] == [("timestamp-format",)]
        else:
            (tmp_path / "commented.yaml").write_text(text)
            suppressions, problems = read_comments(str(tmp_path / "commented.yaml"))
            assert problems == []
            assert [(each.rules, each.line) for each in suppressions] == [(("keyword-unenforced",), 1)]
            # Where it is from it is needed.
            assert text in (DESK / "spec" / "desk" / "asyncapi.yaml").read_text().replace("          ", "")

    async with Reader(tmp_path, takes={"yaml": understood}) as reader:
        done = await reader.follow((HOWTO / "lint-documents.md").read_text())
    # What is only warned of fails where that was asked for.
    assert [code for _, code in done] == [0, 1]


async def test_changing_the_contract(tmp_path: Path) -> None:
    """docs/howto/change-the-contract.md: the comparison with the last commit says what is shown."""
    for name in ("common", "gateway"):
        shutil.copytree(ROOT / "spec" / name, tmp_path / "spec" / name)
    committed = "git init -q . && git add . && git -c user.name=a -c user.email=a@example.test commit -q -m all"
    schemas = tmp_path / "spec" / "common" / "schemas.yaml"
    async with Reader(tmp_path) as reader:
        assert (await reader.terminal.type(committed))[0] == 0
        text = schemas.read_text()
        assert text.count("maxLength: 5000") == 1
        schemas.write_text(text.replace("maxLength: 5000", "maxLength: 1000"))
        done = await reader.follow((HOWTO / "change-the-contract.md").read_text())
    assert [code for _, code in done] == [1]


async def test_publishing(tmp_path: Path) -> None:
    """docs/howto/publish-docs.md: there is a site of all dialects, and one of somebody else's documents."""
    clone(tmp_path, "spec/common", "spec/envelope", "examples/overlay")
    async with Reader(tmp_path) as reader:
        done = await reader.follow((HOWTO / "publish-docs.md").read_text())
    assert [code for _, code in done] == [0, 0], reader.terminal.printed
    assert "<title>Palaver" in (tmp_path / "site" / "index.html").read_text()
    assert (tmp_path / "site" / "envelope" / "index.html").is_file()
    assert "Campfire" in (tmp_path / "site-campfire" / "index.html").read_text()


async def test_own_domain(tmp_path: Path) -> None:
    """docs/howto/bring-your-own-domain.md: what it shows, put together, is a desk; of two agents one gets a ticket."""
    folder = clone(tmp_path, "examples/desk") / "examples" / "desk"
    shutil.rmtree(folder / "generated")
    programs: list[str] = []

    async def files(text: str) -> None:
        assert [name for name in text.split() if not (folder / name).is_file()] == []

    async def part(text: str) -> None:
        documented = yaml.safe_load((folder / "spec" / "desk" / "asyncapi.yaml").read_text())["operations"]
        for name, operation in yaml.safe_load(text)["operations"].items():
            ours, shown = documented[name], operation.pop("x-chat")
            assert operation.items() <= ours.items()
            assert shown["own"] == ours["x-chat"]["own"]
            assert set(shown.get("errors", ())) <= set(ours["x-chat"].get("errors", ()))
            assert shown.get("emits") == ours["x-chat"].get("emits")

    async def program(text: str) -> None:
        programs.append(text)

    reader = Reader(folder, takes={"text": files, "yaml": part, "python": program})
    async with reader:
        done = await reader.follow((HOWTO / "bring-your-own-domain.md").read_text())
        assert [code for _, code in done] == [0, 0], reader.terminal.printed
        dialect, event, code = programs
        (folder / "desk" / "__init__.py").write_text(_BESIDE + code + _AGENTS + event + dialect)
        port = free_port()
        command = f"palaver serve --app desk --app-dir . --app-dir generated --port {port}"
        assert (await reader.terminal.type(command))[0] == 0
        await _of_two_agents_one_gets_it(f"http://127.0.0.1:{port}")


def test_what_x_chat_looks_like() -> None:
    """docs/reference/x-chat.md: its example has the keys, the meaning, the fields and the codes that there are."""
    (block,) = blocks((ROOT / "docs" / "reference" / "x-chat.md").read_text())
    (shown,) = yaml.safe_load(block.text).values()
    words = vocabulary().meanings
    means = words[shown["means"]]
    assert block.kind == "yaml"
    assert shown.keys() <= OPERATION_KEYS.keys()
    assert shown["fields"].keys() <= means.fields.keys()
    assert shown["result"].keys() <= means.result.keys()
    assert shown["emits"] == [name for name in shown["emits"] if words[name].kind is Kind.EVENT]
    catalogue = yaml.safe_load((ROOT / "spec" / "common" / "errors.yaml").read_text())["errors"]
    assert set(shown["errors"]) <= catalogue.keys()


async def test_fuzzing(tmp_path: Path) -> None:
    """docs/howto/fuzz.md: the parsers are tried, here with few inputs, and an input that was saved is run again."""
    clone(tmp_path)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    saved = tmp_path / "fuzz-report" / "socketio.packet-crash-0123456789ab"
    saved.parent.mkdir()
    saved.write_bytes(b'2["message:send",{}]')

    def adapted(command: str, _: str) -> str:
        few = " ARGS='--targets socketio.packet tokens --count 50 --sockets 0'"
        return command + few if command == "make fuzz" else command

    async with Reader(tmp_path, adapted=adapted) as reader:
        done = await reader.follow((HOWTO / "fuzz.md").read_text())
    assert [code for _, code in done] == [0, 0], reader.terminal.printed


# What the page leaves to its reader: where things are from, and the handlers of all other events.
_BESIDE = """
from desk_wire.desk import models, table
from palaver_runtime.kit import Announcement, ChatError, Conversation, Core, Session

from desk import codec, events
from desk.duty import Duty
from desk.rest import DeskRoutes
from desk.voice import DeskVoice

"""
_AGENTS = """
class DeskEvents(events.DeskEvents):
    def __init__(self, core: Core) -> None:
        super().__init__(core, Duty(), frozenset({"ada", "bea"}))

"""


async def _of_two_agents_one_gets_it(url: str) -> None:
    async with (
        socketio.AsyncSimpleClient() as customer,
        socketio.AsyncSimpleClient() as ada,
        socketio.AsyncSimpleClient() as bea,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        for name, client in {"carl": customer, "ada": ada, "bea": bea}.items():
            account = (await http.post("/accounts", json={"name": name, "password": "correct horse"})).json()
            await client.connect(url, auth={"token": account["token"]}, transports=["websocket"])
            assert (await client.receive(timeout=10))[0] == "welcome"
        opened = await customer.call("ticket:open", {"subject": "Fire", "with": []}, timeout=10)
        ticket = {"ticketId": opened["ticket"]["id"]}
        assert await customer.receive(timeout=10) == ["ticket:opened", opened["ticket"]]
        assert "ticket" in await ada.call("ticket:assign", ticket, timeout=10)
        assert "TICKET_TAKEN" in str(await bea.call("ticket:assign", ticket, timeout=10))
        assert (await customer.receive(timeout=10))[0] == "ticket:assigned"
