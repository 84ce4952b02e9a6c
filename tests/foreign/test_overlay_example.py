"""examples/overlay: a server and documents of somebody else are judged by an overlay, with no Python written."""

import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from doubles.tutorial import Reader, blocks
from servers.judge import Judgement, conform

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "overlay"
PAGE = ROOT / "docs" / "tutorials" / "bring-your-own-documents.md"

# What is broken in the server, and which scenario has to find it.
SABOTAGE = {
    "strangers may speak": (
        '    fire = asked["fire"]\n    hearth.sits(soul, fire)\n',
        '    fire = asked["fire"]\n',
        "messages.send.non-member",
    ),
    "everybody is told": (
        'await server.emit("lit", lit, room=fire, namespace=NAMESPACE)',
        'await server.emit("lit", lit, namespace=NAMESPACE)',
        "conversations.create.notifies",
    ),
    "a wrong name": ('"soul": soul, "nth"', '"soul": soul.title(), "nth"', "messages.send.broadcast"),
    "a wrong reason": ('Complaint("garbled", "This is', 'Complaint("broken", "This is', "protocol.validation.empty"),
    "others may reword": ('if said["soul"] != soul:', "if False:", "messages.edit.by-other"),
    "any pass will do": ("if not name or not hmac", "if not name and not hmac", "auth.connect.malformed"),
}


async def judged(folder: Path, *arguments: str) -> Judgement:
    """Judge the server in a folder."""
    # `python` in the subject file is the one that has the packages.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return await conform(folder, "--subject", "subject.yaml", *arguments, env={**os.environ, "PATH": path})


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the example that a test may change."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "overlay", ignore=shutil.ignore_patterns("__pycache__")))


def test_documents_are_not_ours() -> None:
    """The documents know nothing of Palaver: all that it needs stands in the overlay."""
    for name in ("asyncapi.yaml", "openapi.yaml", "shapes.yaml"):
        text = (EXAMPLE / name).read_text()
        assert "x-" not in text
        assert yaml.safe_load(text)


def test_readme_has_the_command_of_these_tests() -> None:
    """What the example's page tells to type is what is done below, in the folder."""
    (block,) = blocks((EXAMPLE / "README.md").read_text())
    assert block.commands == [".venv/bin/palaver conform --subject examples/overlay/subject.yaml"]


async def test_foreign_vocabulary_is_judged(copy: Path) -> None:
    """The server passes what applies, and every operation and event that has a meaning is exercised."""
    found = await judged(copy)
    assert found.code == 0, found.printed
    assert set(found.verdicts.values()) == {"pass", "not-applicable"}
    assert len(found.passed) >= 25
    assert "operations 5/5; events 5/5" in found.printed
    assert "conformant: Campfire, overlay at" in found.printed


@pytest.mark.parametrize("what", SABOTAGE)
async def test_sabotaged_server_fails(what: str, copy: Path) -> None:
    """A server that is broken in one respect fails the scenario for it."""
    find, put, scenario = SABOTAGE[what]
    server = copy / "server.py"
    content = server.read_text()
    assert content.count(find) == 1
    server.write_text(content.replace(find, put))
    found = await judged(copy, "--only", scenario, "--only", "protocol.ping.pong")
    assert found.code == 1, found.printed
    assert found.verdicts[scenario] == "fail"
    assert found.verdicts["protocol.ping.pong"] == "pass"


async def test_tutorial(tmp_path: Path) -> None:
    """Its commands print what it shows, and its overlay becomes that of the example."""
    shutil.copytree(EXAMPLE, tmp_path / "examples" / "overlay", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".venv").symlink_to(sys.prefix)
    done = await Reader(tmp_path, "campfire", lambda command, _: command).follow(PAGE.read_text())
    assert [code for command, code in done if command.startswith(".venv")] == [1, 0, 0]
    assert [code for command, code in done if command.startswith("PATH")] == [1, 0]
    assert (tmp_path / "campfire" / "overlay.yaml").read_text() == (EXAMPLE / "overlay.yaml").read_text()
