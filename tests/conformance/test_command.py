"""The command, as a person uses it."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import typer
from peers import silent
from proxy import proxied
from typer.testing import CliRunner

from palaver_conformance import command
from palaver_conformance.contract import sources
from palaver_conformance.generated import CAPABILITIES
from palaver_conformance.scenarios import all_scenarios

APP = typer.Typer()
command.register(APP)
SPEC = ["--spec", "gateway"]
TOY = str(Path(__file__).parents[1] / "codegen" / "golden" / "expected" / "palaver_wire" / "toy")


def invoke(*arguments: str) -> tuple[int, str, str]:
    """Run the command; return its exit code and what it wrote to both streams."""
    result = CliRunner().invoke(APP, ["conform", *arguments])
    return result.exit_code, result.stdout, result.stderr


async def process(*arguments: str) -> asyncio.subprocess.Process:
    """Start the command as a process."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "palaver",
        "conform",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def test_listing() -> None:
    """`--list` names every seed case; with --json it is JSON; --only narrows it."""
    code, text, _ = invoke("--list")
    assert code == 0
    assert all(f" G{number} " in text for number in range(1, 21))
    code, text, _ = invoke("--list", "--json", "-", "--only", "G4")
    assert code == 0
    assert [each["id"] for each in json.loads(text)["scenarios"]] == ["messages.send.broadcast"]
    code, text, _ = invoke("--list", "--tag", "typing")
    assert code == 0
    assert "typing.start.others" in text
    assert "auth." not in text


def test_showing() -> None:
    """`--show` tells of one scenario what it requires and does."""
    code, text, _ = invoke("--show", "G4")
    assert code == 0
    assert "messages.send.broadcast" in text
    assert "async def" in text
    assert invoke("--show", "nope")[0] == 2


def test_subject_file_to_begin_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--init` writes a file, here or where it is told, that can be used at once, and overwrites nothing."""
    monkeypatch.chdir(tmp_path)
    for arguments, name in (([], "palaver-subject.yaml"), (["ours.toml"], "ours.toml")):
        code, text, _ = invoke("--init", *arguments)
        assert code == 0
        assert f"palaver conform --subject {name}" in text
        code, _, errors = invoke("--subject", name, "--url", "http://127.0.0.1:1")
        assert code == 3
        assert "http://127.0.0.1:1 does not answer" in errors
        code, _, errors = invoke("--init", *arguments)
        assert code == 2
        assert "is there already" in errors


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--spec"),
        (["--spec", "nope", "--url", "http://h"], "gateway"),
        ([*SPEC, "--url", "nonsense"], "nonsense"),
        (SPEC, "--url"),
        ([*SPEC, "--url", "http://h", "--launch", "serve {port}"], "either"),
        ([*SPEC, "--launch", "serve"], "{port}"),
        ([*SPEC, "--url", "http://h", "--only", "mesages.*"], "mesages.*"),
        ([*SPEC, "--url", "http://h", "--json", "/no/such/folder/x"], "/no/such/folder"),
        ([*SPEC, "--url", "http://h", "--html", "/no/such/folder/x"], "/no/such/folder"),
        ([*SPEC, "--url", "http://h", "--badge", "/no/such/folder/x"], "/no/such/folder"),
        ([*SPEC, "--url", "http://h", "--markdown", "/no/such/folder/x"], "/no/such/folder"),
        ([*SPEC, "--url", "http://h", "--report", __file__], "the reports cannot be written"),
        ([*SPEC, "--url", "http://h", "--compare", "/no/such/report"], "/no/such/report cannot be read"),
        ([*SPEC, "--url", "http://h", "--instances", "0"], "--instances"),
        ([*SPEC, "--url", "http://h", "--tag", "nope"], "nope"),
        ([*SPEC, "--url", "http://h", "--ledger", "nope.yaml"], "nope.yaml"),
        (["--subject", "nope.yaml"], "nope.yaml"),
        ([*SPEC, "ours.yaml"], "--subject"),
        (["--show", "messages.send.broadcats"], "messages.send.broadcast"),
        ([*SPEC, "--url", "http://h", "--grpc", "h:1"], "no calls over gRPC"),
        (["--spec", TOY, "--url", "http://h", "--grpc", "nonsense"], "nonsense"),
        (["--spec", TOY, "--url", "http://h", "--grpc", "h:1", "--grpc", "h:2"], "once for each instance"),
    ],
)
def test_wrong_usage(arguments: list[str], told: str) -> None:
    """Wrong usage ends with 2 and says what is wrong."""
    code, _, errors = invoke(*arguments)
    assert code == 2
    assert told in errors


async def test_server_that_is_not_there_is_told_once() -> None:
    """An unreachable server ends with 3 and one line, not with a failure for each scenario."""
    running = await process(*SPEC, "--url", "http://127.0.0.1:1")
    out, errors = await running.communicate()
    assert running.returncode == 3
    assert out == b""
    assert errors.count(b"\n") == 1
    assert b"127.0.0.1:1" in errors


async def test_server_that_says_nothing_is_told() -> None:
    """A port that is open and silent ends with 3, in time."""
    async with silent() as url:
        running = await process(*SPEC, "--url", url, "--time-factor", "0.1")
        _, errors = await running.communicate()
    assert running.returncode == 3
    assert b"within 1 s" in errors


async def test_run_against_a_server(reference: str, tmp_path: Path) -> None:
    """A conformant server ends with 0, reports are written, and no progress or colour goes into a pipe."""
    written, junit, html = tmp_path / "report.json", tmp_path / "all" / "junit.xml", tmp_path / "report.html"
    reports = ["--json", str(written), "--html", str(html), "--report", str(tmp_path / "all")]
    running = await process(*SPEC, "--url", reference, "--only", "G4", "--only", "G18", *reports)
    out, errors = await running.communicate()
    assert running.returncode == 0, errors
    assert b"conformant" in out
    assert f"report: {html}".encode() in out
    assert b"\x1b" not in out + errors
    report = json.loads(written.read_text())
    assert {each["case"]: each["verdict"] for each in report["scenarios"]} == {"G4": "pass", "G18": "not-applicable"}
    assert "<testsuite" in junit.read_text()
    assert sorted(each.name for each in junit.parent.iterdir()) == ["badge.svg", "junit.xml", "summary.md"]
    assert "messages.send.broadcast" in html.read_text()


async def test_subject_file_is_enough(reference: str, tmp_path: Path) -> None:
    """A subject file says where and what; the ledger that it names is settled, and the seed is told."""
    (tmp_path / "known.yaml").write_text("messages.send.broadcast: {reason: x, owner: y, expires: 2999-12-31}\n")
    subject = tmp_path / "subject.yaml"
    subject.write_text(f"name: our server\nspec: gateway\nurls: [{reference!r}]\nledger: known.yaml\n")
    running = await process("--subject", str(subject), "--only", "G4", "--seed", "7", "--repeat", "2")
    out, errors = await running.communicate()
    assert running.returncode == 1, errors
    assert b"known.yaml:1:1: messages.send.broadcast is listed as a known failure, and passes" in out
    assert b"not conformant: our server, gateway at" in out
    assert b"seed 7" in out


async def test_wrong_secret_is_told_and_not_shown(reference: str) -> None:
    """Tokens that the server does not take end the run with 3 and say what to mend."""
    running = await process(*SPEC, "--url", reference, "--secret", "a-secret-of-somebody-else-entirely")
    out, errors = await running.communicate()
    assert running.returncode == 3
    assert out == b""
    assert b"refuses tokens signed with the secret" in errors
    assert b"somebody-else" not in errors


async def test_wrong_document_is_told(reference: str) -> None:
    """A server that was meant to be another ends the run with 3."""
    running = await process("--spec", "social", "--url", reference, "--secret", "x")
    out, errors = await running.communicate()
    assert running.returncode == 3
    assert out == b""
    assert b"does not speak by these documents (social)" in errors


@asynccontextmanager
async def halfway(url: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Stand before a server, and yield the address and what is set once many frames have gone by."""
    middle, frames = asyncio.Event(), 0

    def count(frame: str) -> Sequence[str]:
        nonlocal frames
        frames += 1
        if frames == 100:
            middle.set()
        return [frame]

    async with proxied(url, count) as address:
        yield address, middle


async def test_dead_server_half_way_is_told(reference: str, tmp_path: Path) -> None:
    """A server that dies ends the run with 3: one line says so, in place of a failure for each scenario after it."""
    report = tmp_path / "report.json"
    async with halfway(reference) as (address, middle):
        running = await process(*SPEC, "--url", address, "--json", str(report), "--time-factor", "0.3")
        await middle.wait()
    out, errors = await running.communicate()
    assert running.returncode == 3, errors
    assert b"scenarios were not run to their end: the server no longer answers" in out
    assert b"\nstopped: gateway" in b"\n" + out
    assert json.loads(report.read_text())["left"] > 10


async def test_interrupted_run_says_so(reference: str) -> None:
    """Ctrl-C in the middle ends with 130, says how far it came, and concludes nothing."""
    async with halfway(reference) as (address, middle):
        running = await process(*SPEC, "--url", address)
        await middle.wait()
        running.send_signal(signal.SIGINT)
        out, errors = await running.communicate()
    assert running.returncode == 130
    assert out == b""
    assert errors.startswith(b"palaver conform: interrupted after ")
    assert b"nothing is concluded" in errors


async def test_json_on_standard_output_is_nothing_else(reference: str) -> None:
    """With `--json -` programs read standard output and people standard error."""
    running = await process(*SPEC, "--url", reference, "--only", "G17", "--json", "-")
    out, errors = await running.communicate()
    assert json.loads(out)["conformant"] is True
    assert b"conformant" in errors


async def test_generated_scenarios_are_those_of_the_documents(reference: str) -> None:
    """What is generated for operations that the documents do not have is not even mentioned."""
    running = await process(*SPEC, "--url", reference, "--only", "matrix.typing-start.*", "--json", "-")
    out, _ = await running.communicate()
    assert {each["id"]: each["verdict"] for each in json.loads(out)["scenarios"]} == {
        "matrix.typing-start.socket": "pass"
    }


async def test_nothing_proven_is_not_conformant(reference: str) -> None:
    """A run in which no scenario applied ends with 1."""
    running = await process(*SPEC, "--url", reference, "--only", "G18")
    out, _ = await running.communicate()
    assert running.returncode == 1
    assert b"not conformant" in out


@pytest.mark.parametrize(
    ("number", "code", "told"), [(signal.SIGINT, 130, b"interrupted"), (signal.SIGTERM, 143, b"terminated")]
)
async def test_launched_server_is_stopped_by_a_signal(
    number: signal.Signals, code: int, told: bytes, tmp_path: Path
) -> None:
    """Ctrl-C and SIGTERM end the command, and the server that it launched."""
    mark = tmp_path / "stopped"
    program = tmp_path / "server.py"
    program.write_text(
        "import pathlib, signal, sys, time\n"
        f"mark = pathlib.Path({str(mark)!r})\n"
        "def stop(*_):\n    mark.write_text('stopped')\n    sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "mark.write_text('started')\n"
        "time.sleep(60)\n"
    )
    running = await process(*SPEC, "--launch", f"{sys.executable} {program} {{port}}")
    async with asyncio.timeout(30):
        while not mark.exists() or mark.read_text() != "started":  # noqa: ASYNC110 - it is another process's mark
            await asyncio.sleep(0.02)
    running.send_signal(number)
    _, errors = await running.communicate()
    assert running.returncode == code
    assert mark.read_text() == "stopped"
    assert told in errors


def test_every_shipped_specification_has_its_meanings_used() -> None:
    """Each operation and event of the shipped documents is needed by a written scenario, so that none goes untried."""
    written = [each for each in all_scenarios() if each.capability not in CAPABILITIES]
    needed = {need.partition("@")[0] for each in written for need in each.needs}
    implied = {"account.register"}
    for name in sources.known():
        known = sources.load(name)
        meanings = {each.means for each in (*known.operations, *known.events)}
        assert meanings - needed - implied == set()
