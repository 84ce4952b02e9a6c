"""examples/desk: a team's own events, codes and rules, with no change to Palaver."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from servers.judge import Judgement, conform

from palaver_codegen.documents import check
from palaver_codegen.emit import compare
from palaver_codegen.generate import generate

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


def test_its_own_tests_pass(copy: Path) -> None:
    """Its rules, and a ticket from its opening to its end over the wire."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"],
        cwd=copy,
        env={**os.environ, "PALAVER": PALAVER},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


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
    find = "                return table.MESSAGE_NEW.encode(codec.message(message))\n"
    text = voice.read_text()
    assert text.count(find) == 1
    # A message is told as the assignment of a ticket, which lacks everything that such an event has.
    voice.write_text(
        text.replace(find, '                return "ticket:assigned", {"ticketId": message.conversation_id}\n')
    )
    found = await judged(copy, "--only", "messages.send.broadcast", "--time-factor", "1")
    assert found.code == 1, found.printed
    assert "ticket:assigned breaks its schema" in found.printed
