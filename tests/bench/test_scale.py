"""What grows with what, measured small: from the command line to the results, and nothing is left behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import scale
from scaling.history import READS
from scaling.results import Results, write


def _hear_ctrl_c() -> None:
    """Have a process end at SIGINT, which one does not that was started in the background, with all that it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def command(file: Path, *more: str) -> list[str]:
    """Give a command that measures little."""
    options = ["--rounds", "1", "--seconds", "0.02", "--times", "0.02", "--json", str(file)]
    return [sys.executable, str(Path(scale.__file__)), *options, *more]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Return the folder in which temporary ones are made: a short name, as PostgreSQL's socket is in it."""
    folder = tmp_path / "t"
    folder.mkdir()
    return folder


def test_the_history_is_measured_at_each_number(tmp_path: Path, scratch: Path) -> None:
    """Everything that is asked has its waits, beside what the file has of other parts."""
    file = tmp_path / "scale.json"
    write(Results(scale.machine(), {}, {"members": {2: [{"microseconds": 1.0}]}}), file)
    ran = subprocess.run(
        command(file, "--only", "history", "--on", "sqlite", "--messages", "5000", "10000"),
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    found = json.loads(file.read_text())
    assert list(found["history"]["sqlite"]) == ["5000", "10000"]
    for waits in found["history"]["sqlite"].values():
        assert list(waits) == list(READS)
        assert all(0 < each["p50"] <= each["p99"] for each in waits.values())
    assert found["series"] == {"members": {"2": [{"microseconds": 1.0}]}}
    assert list(scratch.iterdir()) == []


def test_ctrl_c_removes_what_was_filled(tmp_path: Path, scratch: Path) -> None:
    """In the middle of millions of messages: no file stays, and no process."""
    file = tmp_path / "scale.json"
    with subprocess.Popen(
        command(file, "--only", "history", "--on", "sqlite", "--messages", "5000", "5000000"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_hear_ctrl_c,
        env={**os.environ, "TMPDIR": str(scratch)},
    ) as process:
        try:
            assert process.stdout is not None
            told = [process.stdout.readline() for _ in READS]
            assert all("sqlite" in each for each in told), (told, process.communicate())
            assert list(scratch.rglob("*.db"))
            children = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, errors) == (130, "")
    assert list(scratch.iterdir()) == []
    assert psutil.wait_procs(children, timeout=10)[1] == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--messages", "20", "10"), "is to rise"),
        (("--messages", "1000000000000"), "1,000,000,000,000 messages take up to 1000000.0 GB"),
    ],
    ids=["falling", "no-room"],
)
def test_what_cannot_be_measured_is_told_before_anything_is_filled(
    tmp_path: Path, options: tuple[str, ...], reason: str
) -> None:
    """Nobody waits for minutes until a disk is full."""
    ran = subprocess.run(command(tmp_path / "scale.json", *options), capture_output=True, text=True)
    assert ran.returncode == scale.NO_MEASUREMENT
    assert reason in ran.stderr


def test_results_of_another_machine_are_not_mixed_with_ours(tmp_path: Path) -> None:
    """They would be compared with each other."""
    file = tmp_path / "scale.json"
    write(Results({**scale.machine(), "processors": 0}), file)
    with pytest.raises(RuntimeError, match="of another machine or Python"):
        scale.begun(file)
    assert scale.begun(tmp_path / "none.json").series == scale.begun(None).series == {}
