"""palaver mock."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from palaver.__main__ import application

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> Result:
    """Run the command, which is to end by itself."""
    return CliRunner().invoke(application("mock"), ["mock", *arguments])


def test_it_serves_until_it_is_stopped() -> None:
    """It says where it is, answers there, and ends with 0 when it is asked to."""
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "palaver",
            "mock",
            "--spec",
            "gateway",
            "--port",
            "0",
            "--fail",
            "listConversations=FORBIDDEN",
        ],
        cwd=ROOT / "tests",  # where there is no spec/: the shipped documents
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        address = re.fullmatch(r"gateway is mocked at (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
        assert address
        assert process.stdout.readline() == "  Socket.IO, namespace /: 10 events to send, 15 to receive\n"
        assert process.stdout.readline() == "  REST: 20 endpoints\n"
        with httpx.Client(base_url=address[1], headers={"authorization": "Bearer alice"}) as client:
            assert client.get("/users/me").json()["id"] == "alice"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read().endswith("Stopped.\n")
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "name a folder of documents, or a dialect with --spec"),
        (["spec", "--spec", "gateway"], 2, "name a folder of documents, or a dialect with --spec"),
        (["nowhere"], 2, "nowhere is no folder"),
        (["--spec", "nothing"], 2, "there is no folder spec/nothing, and the shipped dialects are aether, "),
        (["."], 3, "cannot be used"),
        (["--spec", "gateway", "--fail", "ping"], 2, "write NAME=CODE, as in sendMessage=FORBIDDEN"),
        (["--spec", "gateway", "--fail", "pong=FORBIDDEN"], 2, "nothing is called pong"),
    ],
)
def test_wrong_usage(
    arguments: list[str], code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong is said in one line, with what would be right."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec").mkdir()
    done = run(*arguments)
    assert (done.exit_code, message in done.stderr) == (code, True), done.stderr


def test_help_teaches() -> None:
    """The help has examples, and says how to ask for an error."""
    shown = run("--help").stdout
    assert "palaver mock --spec chat --port 4010" in shown
    assert "x-palaver-error: FORBIDDEN" in shown
