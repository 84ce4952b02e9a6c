"""A process is measured by itself, and ended when its time is over."""

import sys
from pathlib import Path

import psutil
import pytest
from processes import Failed, TooLong, bounded


def test_memory_is_that_of_the_process_alone(tmp_path: Path) -> None:
    """What the one that measures holds is not counted, which Linux does for a process that it starts itself."""
    held = bytearray(200 * 1024 * 1024)
    held[::4096] = b"x" * len(held[::4096])
    small = bounded([sys.executable, "-I", "-S", "-c", "pass"], 60, tmp_path)
    assert 1 < small.memory < 60
    large = bounded([sys.executable, "-I", "-S", "-c", "x = b'x' * 100 * 1024 * 1024"], 60, tmp_path)
    assert 100 < large.memory < 160
    assert small.processor > 0
    assert small.clock > 0
    assert held[0] == ord("x")


def test_who_is_not_done_in_time_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    """Nothing of it goes on."""
    program = "sleep 600 & echo $! > child; sleep 600"
    with pytest.raises(TooLong, match=r"^not done after 2 s$"):
        bounded(["/bin/sh", "-c", program], 2, tmp_path)
    child = int((tmp_path / "child").read_text())
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_who_fails_is_told_with_what_it_printed(tmp_path: Path) -> None:
    """Both of its streams, and the exit code; a program that is not there is a failure, too."""
    program = "import sys; print('said'); sys.stdout.flush(); sys.exit('wrong')"
    with pytest.raises(Failed, match=r"(?s)^exit code 1: said\nwrong$"):
        bounded([sys.executable, "-c", program], 60, tmp_path)
    with pytest.raises(Failed, match="no-such-program"):
        bounded(["no-such-program"], 60, tmp_path)


def test_a_process_has_its_folder_and_what_is_added_to_its_environment(tmp_path: Path) -> None:
    """The rest of the environment stays."""
    program = "import os, pathlib; pathlib.Path('told').write_text(os.environ['MORE'] + str('PATH' in os.environ))"
    bounded([sys.executable, "-c", program], 60, tmp_path, {"MORE": "more "})
    assert (tmp_path / "told").read_text() == "more True"
