"""examples/overlay: a server and documents of somebody else are judged by an overlay, with no Python written."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml

EXAMPLE = Path(__file__).parents[2] / "examples" / "overlay"

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


async def judged(folder: Path, *arguments: str) -> tuple[int, dict[str, dict], str]:
    """Judge the server in a folder; return the exit code, what came of each scenario, and what was printed."""
    report = folder / "report.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "palaver", "conform", "--subject", "subject.yaml", "--json", str(report)),
        *("--seed", "5", *arguments),
        cwd=folder,
        # `python` in the subject file is the one that has the packages.
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    assert report.exists(), output.decode()
    return (
        process.returncode,
        {each["id"]: each for each in json.loads(report.read_text())["scenarios"]},
        output.decode(),
    )


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


async def test_foreign_vocabulary_is_judged(copy: Path) -> None:
    """The server passes what applies, and every operation and event that has a meaning is exercised."""
    code, results, output = await judged(copy)
    assert code == 0, output
    assert {each["verdict"] for each in results.values()} == {"pass", "not-applicable"}
    assert sum(each["verdict"] == "pass" for each in results.values()) >= 25
    assert "operations 5/5; events 5/5" in output
    assert "conformant: Campfire, overlay at" in output


@pytest.mark.parametrize("what", SABOTAGE)
async def test_sabotaged_server_fails(what: str, copy: Path) -> None:
    """A server that is broken in one respect fails the scenario for it."""
    find, put, scenario = SABOTAGE[what]
    server = copy / "server.py"
    content = server.read_text()
    assert content.count(find) == 1
    server.write_text(content.replace(find, put))
    code, results, output = await judged(copy, "--only", scenario, "--only", "protocol.ping.pong")
    assert code == 1, output
    assert results[scenario]["verdict"] == "fail"
    assert results["protocol.ping.pong"]["verdict"] == "pass"
