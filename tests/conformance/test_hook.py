"""Commands that are run beside the server."""

import shlex
import sys
from pathlib import Path

import pytest

from palaver_conformance.commandline import CommandLine
from palaver_conformance.errors import Unreachable
from palaver_conformance.hook import Hook


def hook(program: str, folder: Path | None = None) -> Hook:
    """Return a hook that runs a Python program."""
    return Hook(
        "the test command", CommandLine.parse(f"{shlex.join([sys.executable, '-c', program])} {{name}}", folder)
    )


async def test_output_is_returned(tmp_path: Path) -> None:
    """It runs in its folder, with the values in their places, and what it prints is returned."""
    program = "import pathlib, sys; print(pathlib.Path.cwd().name, sys.argv[1])"
    assert await hook(program, tmp_path).run({"name": "alice"}, 20) == f"{tmp_path.name} alice\n"


async def test_failure_shows_the_end_of_the_output() -> None:
    """A command that fails says how, and what it complained about."""
    with pytest.raises(Unreachable, match=r"(?s)the test command ended with exit code 3.*\| no database"):
        await hook("import sys; print('no database', file=sys.stderr); sys.exit(3)").run({}, 20)


async def test_command_that_is_not_there() -> None:
    """A program that does not exist is told by its name."""
    with pytest.raises(Unreachable, match="no-such-program"):
        await Hook("the test command", CommandLine.parse("no-such-program")).run({}, 20)


async def test_command_that_does_not_end(tmp_path: Path) -> None:
    """It has so many seconds, and is ended then, with what it started."""
    mark = tmp_path / "mark"
    child = f"import time, pathlib; time.sleep(1); pathlib.Path({str(mark)!r}).touch()"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(Unreachable, match=r"did not end within 0\.2 s"):
        await hook(program).run({}, 0.2)
    assert not mark.exists()
