"""`palaver new desk && cd desk && make run`, then `palaver conform`: from nothing to a proof."""

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest
from doubles.tutorial import Reader, blocks

from palaver_conformance.topology.process import free_port

PALAVER = Path(sys.executable).parent / "palaver"
PAGE = Path(__file__).parents[2] / "docs" / "howto" / "start-a-project.md"
# Some of everything that the start has. The whole suite is for whoever changes it: it passes, and takes its time.
SCENARIOS = (
    "auth.login.*",
    "auth.refresh.*",
    "auth.connect.valid",
    "auth.refresh.*",
    "conversations.create.*",
    "messages.send.*",
    "messages.edit.*",
    "messages.delete.*",
    "sync.*",
    "typing.*",
    "protocol.ping.*",
    "matrix.message-send.*",
    "negatives.message-send.*",
)


@pytest.fixture
def environment() -> dict[str, str]:
    """Return what somebody has who has not set anything up: palaver is not on PATH."""
    ours = str(PALAVER.parent)
    return {"PATH": os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if each != ours)}


async def test_from_nothing_to_a_proof(tmp_path: Path, environment: dict[str, str]) -> None:
    """docs/howto/start-a-project.md: the project is made, serves by `make run`, passes its tests, and conforms.

    `palaver scaffold` then follows a change of its documents.
    """
    port = free_port()
    page = PAGE.read_text()

    def adapted(command: str, _: str) -> str:
        return command.replace("palaver new", f"{PALAVER} new --port {port}")

    reader = Reader(tmp_path, adapted=adapted, elsewhere=("toml",), variables=environment)

    async def typed(command: str, code: int = 0) -> str:
        found, printed = await reader.terminal.type(command)
        assert found == code, printed
        return printed

    async with reader:
        assert [code for _, code in await reader.follow(page)] == [0, 0, 0], reader.terminal.printed
        assert f"desk is served at http://127.0.0.1:{port}" in reader.terminal.printed
        chosen = " ".join(f"--only '{each}'" for each in SCENARIOS)
        proof = await typed(f'make conform ARGS="{chosen} --time-factor 3"')
        counted = re.search(r"conformant: desk, desk at .*: (\d+) pass", proof)
        assert counted, proof
        assert int(counted[1]) >= 25
    (shown,) = blocks(page, "toml")
    written = tomllib.loads((tmp_path / "desk" / "pyproject.toml").read_text())["tool"]["palaver"]
    assert tomllib.loads(shown.text)["tool"]["palaver"] == written
    assert "1 passed" in await typed("make test")
    assert await typed(f"{PALAVER} scaffold desk") == "desk has handlers already: nothing is new\n"
    document = tmp_path / "desk" / "spec" / "desk" / "asyncapi.yaml"
    document.write_text(document.read_text().replace("'server:ping'", "'server:hello'"))
    assert "new: EventHandlers.server_hello" in await typed(f"{PALAVER} scaffold desk", code=1)
