"""examples/desk: a team's own events, codes and rules, with no change to Palaver."""

import os
import shutil
import sys
from pathlib import Path

import httpx
import pytest
import socketio
import yaml
from doubles.clone import clone
from doubles.tutorial import Reader
from servers.judge import Judgement, conform
from servers.palaver import Server, serving

from palaver_codegen.documents import check
from palaver_codegen.emit import compare
from palaver_codegen.generate import generate
from palaver_conformance.topology.process import free_port

EXAMPLE = Path(__file__).parents[2] / "examples" / "desk"
PALAVER = f"{sys.executable} -m palaver"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the example that a test may change."""
    ignored = shutil.ignore_patterns("__pycache__", ".palaver-cache", ".pytest_cache", "palaver.*", "local.mk")
    return Path(shutil.copytree(EXAMPLE, tmp_path / "desk", ignore=ignored))


async def judged(folder: Path, *arguments: str) -> Judgement:
    """Judge the desk in a folder."""
    env = {**os.environ, "PALAVER_DATABASE_URL": f"sqlite:///{folder}/palaver.db"}
    serve = ("--launch", f"{PALAVER} serve --port {{port}}")
    return await conform(folder, "--time-factor", "3", *serve, *arguments, env=env)


def test_it_is_generated_as_committed() -> None:
    """Nothing is found in its documents, and its API layer is exactly what they say."""
    assert check(EXAMPLE / "spec" / "desk")[1] == []
    generation = generate(EXAMPLE / "spec", package="desk_wire")
    assert compare(generation.files, EXAMPLE / "generated", generation.owned) == []


def test_its_own_events_have_no_meaning() -> None:
    """What is the desk's own says so, and is more than a sample of one."""
    document = yaml.safe_load((EXAMPLE / "spec/desk/asyncapi.yaml").read_text())
    own = {each["x-chat"]["own"]: each["action"] for each in document["operations"].values() if "own" in each["x-chat"]}
    assert own == {
        "agent.ready": "receive",
        "ticket.assign": "receive",
        "ticket.close": "receive",
        "ticket.waiting": "send",
        "ticket.assigned": "send",
        "ticket.closed": "send",
    }


async def test_readme(tmp_path: Path) -> None:
    """Its own tests pass, of its rules and of a ticket over the wire; it is served and judged as its page says."""
    clone(tmp_path, "examples/desk")
    port = free_port()

    def adapted(command: str, _: str) -> str:
        if command == "make test":
            return f"{command} PYTHON={sys.executable}"
        if command == "make conform":
            # The whole of it is below.
            command += " ARGS='--only messages.send.broadcast --time-factor 3'"
        return f"{command} PORT={port}" if "make " in command else command

    async with Reader(tmp_path, adapted=adapted) as reader:
        done = await reader.follow((EXAMPLE / "README.md").read_text())
        printed = reader.terminal.printed
    assert [code for _, code in done] == [0, 0, 0, 0], printed
    assert "4 passed" in printed
    assert "conformant: desk" in printed


async def test_it_conforms(copy: Path) -> None:
    """What has a meaning is judged and passes, and what is the desk's own is demanded by nobody."""
    chosen = ("auth.*", "conversations.*", "messages.*", "sync.*", "protocol.*", "matrix.*")
    found = await judged(copy, *(word for each in chosen for word in ("--only", each)))
    assert found.code == 0, found.printed
    assert set(found.verdicts.values()) == {"pass", "not-applicable"}
    assert len(found.passed) >= 30
    assert "operations 9/9; events 4/4" in found.printed


async def test_an_own_event_that_breaks_its_schema_is_found(copy: Path) -> None:
    """Whatever comes over the wire is judged by its schema, with or without a meaning."""
    voice = copy / "desk" / "voice.py"
    find = "                return table.MESSAGE_NEW.of(codec.message(message))\n"
    text = voice.read_text()
    assert text.count(find) == 1
    # A message is told as the assignment of a ticket, which lacks everything that such an event has.
    voice.write_text(
        text.replace(find, '                return "ticket:assigned", {"ticketId": message.conversation_id}\n')
    )
    found = await judged(copy, "--only", "messages.send.broadcast", "--time-factor", "1")
    assert found.code == 1, found.printed
    assert "ticket:assigned breaks its schema" in found.printed


async def test_its_own_events_cross_instances(tmp_path: Path, redis_url: str) -> None:
    """What happens to a ticket on one instance is told to its people on the other, once and in order."""
    app = ("--app", "desk", "--app-dir", str(EXAMPLE), "--app-dir", str(EXAMPLE / "generated"))
    env = {
        "PALAVER_DATABASE_URL": f"sqlite:///{tmp_path}/palaver.db",
        "PALAVER_REDIS_URL": redis_url,
        "PALAVER_JWT_SECRET": "desk-secret-of-thirty-two-bytes-and-more",
        "PALAVER_HEARTBEAT_SECONDS": "3600",  # would find it in the database
        "DESK_AGENTS": "ada",
    }
    async with (
        serving(*app, env=env) as first,
        serving(*app, env=env) as second,
        socketio.AsyncSimpleClient() as customer,
        socketio.AsyncSimpleClient() as agent,
    ):
        await _enter(customer, first, "carl")
        ada = await _enter(agent, second, "ada")
        opened = await customer.call("ticket:open", {"subject": "Fire", "with": []}, timeout=10)
        ticket = {"ticketId": opened["ticket"]["id"]}
        assert await customer.receive(timeout=10) == ["ticket:opened", opened["ticket"]]
        assert "ticket" in await agent.call("ticket:assign", ticket, timeout=10)
        said = await agent.call("message:send", {**ticket, "text": "What burns?"}, timeout=10)
        closed = await customer.call("ticket:close", {**ticket, "resolution": "Toast"}, timeout=10)
        assert closed["ticket"]["status"] == "closed"
        talk = [["ticket:assigned", {**ticket, "agent": ada}], ["message:new", said["message"]]]
        for client in (customer, agent):
            heard = [await client.receive(timeout=10) for _ in range(3)]
            assert heard[:2] == talk
            assert (heard[2][0], heard[2][1]["resolution"]) == ("ticket:closed", "Toast")


async def _enter(client: socketio.AsyncSimpleClient, server: Server, name: str) -> str:
    """Make an account, connect with it, and give the user's id."""
    async with httpx.AsyncClient(base_url=server.url) as http:
        made = (await http.post("/accounts", json={"name": name, "password": "correct horse"})).json()
    await client.connect(server.url, auth={"token": made["token"]}, transports=["websocket"])
    assert await client.receive(timeout=10) == ["welcome", {"userId": made["user"]["id"]}]
    return str(made["user"]["id"])
