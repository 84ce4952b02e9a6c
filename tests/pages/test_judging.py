"""The pages about judging a server: their commands judge one, and what they show of files is read as it is meant."""

import json
import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import yaml
from doubles.clone import ROOT, clone
from doubles.tutorial import Reader, blocks
from servers.foreign import PROJECT
from servers.inside import inside
from servers.node import install

from palaver_codegen.documents import load_bundle
from palaver_conformance.evidence import ledger
from palaver_conformance.generated.talk.deeds import Deed
from palaver_conformance.limits import Limits
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.subject_file.reading import load

DOCS = ROOT / "docs"
EDIT = "messages.edit.by-other"
CROSSES = "instances.typing.crosses"


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[str]:
    """The reader's own server, which is said to be at port 4001: where it is."""
    async with inside("gateway") as served:
        yield served["gateway"].url.removeprefix("http://")


def _as_told(command: str, server: str) -> str:
    """Have the file that is written say where the server is: it is written for the port of the page."""
    return f"{command} && sed -i 's|127.0.0.1:4001|{server}|' palaver-subject.yaml"


async def test_judging_a_server(tmp_path: Path, server: str) -> None:
    """docs/howto/judge-a-server.md: a server that runs is judged by flags and by a file; others are launched."""
    folder = clone(tmp_path, "examples/overlay")
    await install(PROJECT)
    (folder / "tests" / "foreign").mkdir(parents=True)
    (folder / "tests" / "foreign" / "server").symlink_to(PROJECT)
    files: list[str] = []

    def adapted(command: str, _: str) -> str | None:
        if command.startswith("npm ci"):
            return None
        if "--instances 3" in command:
            _is_that_of_the_tutorial(command)
            return None
        if command.endswith("--init"):
            return _as_told(command, server)
        # A scenario is enough to see that the server is judged; what waits for an event is patient.
        scenario = CROSSES if "--instances" in command else EDIT
        return f"{command} --time-factor 4 --only {scenario}"

    async def file(text: str) -> None:
        files.append(text)

    async def failure(text: str) -> None:
        said = text.splitlines()
        assert re.fullmatch(r"of \d+ talks \d+ went wrong; the shortest of them:", said[0])
        deeds = (
            Deed("send", "alice", room=1, device=1, message=1),
            Deed("edit", "alice", device=1, message=1),
            Deed("drop", "bob", device=1),
        )
        assert said[1:] == [f"{number}. {deed}" for number, deed in enumerate(deeds, 1)]

    takes = {"yaml": file, "text": failure}
    async with Reader(folder, adapted=adapted, takes=takes, stand_ins={"127.0.0.1:4001": server}) as reader:
        done = await reader.follow((DOCS / "howto" / "judge-a-server.md").read_text())
        printed = reader.terminal.printed
    assert [command for command, code in done if code != 0] == [], printed
    # All but the one that writes a file and the one that is the tutorial's.
    assert printed.count("conformant: ") == sum(" conform " in command for command, _ in done) - 2 == 5
    assert (folder / "report.html").is_file()
    assert [each["id"] for each in json.loads((folder / "report.json").read_text())["scenarios"]] == [EDIT]
    _overlay_gives_meaning(folder / "examples" / "overlay", files[0])
    _entry_is_of_a_scenario(folder / "ledger.yaml", files[1])
    assert len(files) == 2


def _is_that_of_the_tutorial(command: str) -> None:
    """Three instances, PostgreSQL and Redis are started for the tutorial: this is the same, with clocks that differ."""
    page = (DOCS / "tutorials" / "run-three-instances.md").read_text()
    typed = [each for block in blocks(page, "sh") for each in block.commands if "{redis_url}" in each]
    assert len(typed) == 2
    clocks = "PALAVER_CLOCK_OFFSET_SECONDS={clock_offset}"
    for each in typed:
        words = re.sub(r' --only (?:"[^"]+"|\S+)', "", each).replace('"', "").split()
        assert sorted([*words, clocks]) == sorted(command.replace('"', "").split())


def _overlay_gives_meaning(example: Path, text: str) -> None:
    (example / "shown.yaml").write_text(text)
    operations = load_bundle(example, [example / "shown.yaml"]).document["asyncapi"]["operations"]
    (action,) = yaml.safe_load(text)["actions"]
    shown = action["update"]["x-chat"]
    found = operations["utter"]["x-chat"]
    assert (found["means"], found["result"]) == (shown["means"], shown["result"])
    # It comes after the overlay that the folder has, and lists grow.
    assert found["errors"][-2:] == shown["errors"]
    assert shown["fields"].items() <= found["fields"].items()


def _entry_is_of_a_scenario(file: Path, text: str) -> None:
    file.write_text(text)
    (entry,) = ledger.load(file).entries
    assert entry.scenario in {each.id for each in all_scenarios()}
    assert entry.expires > date(2026, 1, 1)


async def test_judging_with_pytest(tmp_path: Path, server: str) -> None:
    """docs/howto/judge-with-pytest.md: scenarios are items of a run in a folder without tests."""

    def adapted(command: str, _: str) -> str:
        if command.endswith("--init"):
            return _as_told(command, server)
        return f"{command} --palaver-time-factor 4 palaver::{EDIT}"

    async with Reader(tmp_path, adapted=adapted) as reader:
        done = await reader.follow((DOCS / "howto" / "judge-with-pytest.md").read_text())
        printed = reader.terminal.printed
    assert [code for _, code in done] == [0, 0, 0], printed
    assert re.search(r"\b[1-3] passed in ", printed), printed


async def test_schema_of_the_report(tmp_path: Path) -> None:
    """docs/reference/conformance-report.md: the command prints the schema that is shipped."""
    async with Reader(clone(tmp_path)) as reader:
        done = await reader.follow((DOCS / "reference" / "conformance-report.md").read_text())
        assert [code for _, code in done] == [0]
        shipped = ROOT / "conformance" / "palaver_conformance" / "report" / "report.schema.json"
        assert yaml.safe_load(reader.terminal.printed) == json.loads(shipped.read_text())


def test_limits_of_a_subject_file(tmp_path: Path) -> None:
    """docs/reference/subject-file.md: the limits that it shows are read, each as itself."""
    (block,) = blocks((DOCS / "reference" / "subject-file.md").read_text())
    assert block.kind == "yaml"
    file = tmp_path / "subject.yaml"
    file.write_text(f"spec: gateway\nurls: [http://127.0.0.1:4001]\n{block.text}")
    assert load(file).limits == Limits(**yaml.safe_load(block.text)["limits"]) != Limits()
