"""A build is put through workloads, from the command line."""

import subprocess
import sys
from pathlib import Path

import training
from versus.workloads import WORKLOADS


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Train what is in a folder."""
    command = [sys.executable, training.__file__, folder, "--only", "ack-50", "--seconds", "0.1", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_server_at_work_is_the_one_of_the_folder(tmp_path: Path) -> None:
    """It runs with the folder before the sources, and ends in order, for only then it leaves its notes."""
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, sys\nfrom pathlib import Path\n"
        "def note() -> None:\n"
        "    if 'palaver_runtime.serving' in sys.modules:\n"
        "        Path(__file__).with_name('notes').write_text('served')\n"
        "atexit.register(note)\n"
    )
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "notes").read_text() == "served"


def test_a_server_that_does_not_work_is_told(tmp_path: Path) -> None:
    """With what it said, as something that cannot be measured is."""
    (tmp_path / "palaver_runtime.py").write_text("raise SystemExit('no such luck')\n")
    done = run(tmp_path)
    assert done.returncode == 2
    assert "no such luck" in done.stderr


def test_lessons_are_workloads_of_the_comparison() -> None:
    """Databases and Redis are among them."""
    lessons = [WORKLOADS[name] for name in training.LESSONS]
    assert {each.storage for each in lessons} == {each.storage for each in WORKLOADS.values()}
    assert any(each.instances > 1 for each in lessons)
