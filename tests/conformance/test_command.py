"""The command, as a person uses it."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest
import typer
from peers import silent
from samples import scenario
from typer.testing import CliRunner

from palaver_conformance import command
from palaver_conformance.contract import sources
from palaver_conformance.errors import UsageError

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
        ([*SPEC, "--url", "http://h", "--instances", "0"], "--instances"),
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


def test_choosing() -> None:
    """Patterns fit ids and cases; skipping wins; a pattern that fits nothing is refused."""
    known = [scenario("a.b.c", case="G1"), scenario("a.b.d"), scenario("x.y.z")]
    assert [each.id for each in command.choose(known, ["a.*"], [])] == ["a.b.c", "a.b.d"]
    assert [each.id for each in command.choose(known, ["G1", "x.*"], [])] == ["a.b.c", "x.y.z"]
    assert [each.id for each in command.choose(known, [], ["a.b.d"])] == ["a.b.c", "x.y.z"]
    assert command.choose(known, ["a.b.c"], ["a.*"]) == []
    with pytest.raises(UsageError, match="nope"):
        command.choose(known, [], ["nope"])


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
    assert b"within 0.5 s" in errors


async def test_run_against_a_server(reference: str, tmp_path: Path) -> None:
    """A conformant server ends with 0, reports are written, and no progress or colour goes into a pipe."""
    written, junit = tmp_path / "report.json", tmp_path / "report.xml"
    running = await process(
        *SPEC, "--url", reference, "--only", "G4", "--only", "G18", "--json", str(written), "--junit", str(junit)
    )
    out, errors = await running.communicate()
    assert running.returncode == 0, errors
    assert b"conformant" in out
    assert b"\x1b" not in out + errors
    report = json.loads(written.read_text())
    assert {each["case"]: each["verdict"] for each in report["scenarios"]} == {"G4": "pass", "G18": "not-applicable"}
    assert "<testsuite" in junit.read_text()


async def test_json_on_standard_output_is_nothing_else(reference: str) -> None:
    """With `--json -` programs read standard output and people standard error."""
    running = await process(*SPEC, "--url", reference, "--only", "G17", "--json", "-")
    out, errors = await running.communicate()
    assert json.loads(out)["conformant"] is True
    assert b"conformant" in errors


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
    async with asyncio.timeout(20):
        while not mark.exists() or mark.read_text() != "started":  # noqa: ASYNC110 - it is another process's mark
            await asyncio.sleep(0.02)
    running.send_signal(number)
    _, errors = await running.communicate()
    assert running.returncode == code
    assert mark.read_text() == "stopped"
    assert told in errors


def test_every_shipped_specification_has_its_meanings_used() -> None:
    """Each operation and event of the shipped documents is needed by a scenario, so that none goes untried."""
    needed = {need.partition("@")[0] for each in command.all_scenarios() for need in each.needs}
    implied = {"account.register"}
    for name in sources.known():
        known = sources.load(name)
        meanings = {each.means for each in (*known.operations, *known.events)}
        assert meanings - needed - implied == set()
