"""However a command ends, it is one line and a code."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from palaver import __main__ as front
from palaver import ending


def _end(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """Return the code and the words with which a command ends that raises."""
    with pytest.raises(SystemExit) as caught, ending.ended("act"):
        raise error
    return caught.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (typer.Exit(7), 7, ""),
        (typer.Abort(), 1, "palaver act: nothing was done, as nobody agreed\n"),
        (KeyboardInterrupt(), 130, "palaver act: interrupted\n"),
        (EOFError(), 130, "palaver act: interrupted\n"),
        (BrokenPipeError(), 141, ""),
        (
            PermissionError(errno.EACCES, "Permission denied", "out/x"),
            3,
            "palaver act: out/x: Permission denied; name another place, or have its owner give you the right\n",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            3,
            "palaver act: No space left on device; make room there, and do it again\n",
        ),
        (OSError(errno.EIO, "Input/output error", "x"), 3, "palaver act: x: Input/output error\n"),
    ],
)
def test_what_is_nobodys_defect_is_told_in_a_line(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What, where, why and what to do about it; nothing where there is nobody to read it."""
    assert _end(error, capsys) == (code, said)


@pytest.mark.parametrize("error", [ValueError("a defect"), OSError(errno.EBADF, "Bad file descriptor")])
def test_a_defect_is_let_through(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever mends it needs the traceback."""
    with pytest.raises(type(error)), ending.ended("act"):
        raise error
    assert capsys.readouterr().err == ""


def test_sigterm_undoes_what_is_under_way(capsys: pytest.CaptureFixture[str]) -> None:
    """As after Ctrl-C, what is within is left in order; afterwards the signal means what it meant before."""
    before = signal.getsignal(signal.SIGTERM)
    undone: list[str] = []

    def undo() -> None:
        undone.append("all")

    with pytest.raises(SystemExit) as caught, ending.ended("act"), _left(undo):
        _terminate()
    assert (caught.value.code, capsys.readouterr().err) == (143, "palaver act: terminated\n")
    assert undone == ["all"]
    assert signal.getsignal(signal.SIGTERM) is before


@contextmanager
def _left(undo: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    finally:
        undo()


def _terminate() -> None:
    """Do what SIGTERM does, short of ending the tests where nobody has taken it over."""
    handler = signal.getsignal(signal.SIGTERM)
    assert callable(handler)
    handler(signal.SIGTERM, None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["srve"], "palaver: no such command 'srve'. Did you mean 'serve'? palaver --help tells more"),
        (["new"], "palaver new: missing argument 'NAME'; palaver new --help tells more"),
        (["new", "a", "--port", "x"], "palaver new: --port: is to be a whole number; palaver new --help tells more"),
        (["new", "a", "--port", "0"], "palaver new: --port: is to be 1 or more; palaver new --help tells more"),
        (
            ["lint", "--level", "loud"],
            "palaver lint: --level: 'loud' is not one of 'error', 'warning', 'note'; palaver lint --help tells more",
        ),
        (
            ["lint", "--nope"],
            "palaver lint: no such option: --nope (Possible options: --spec); palaver lint --help tells more",
        ),
        (
            ["users", "lst"],
            "palaver users: no such command 'lst'. Did you mean 'list'? palaver users --help tells more",
        ),
        (
            ["users", "show"],
            "palaver users show: missing argument 'USER'; palaver users show --help tells more",
        ),
    ],
)
def test_wrong_words_are_told_in_a_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command, the word that it does not take, why, and where to read what it takes."""
    with pytest.raises(SystemExit) as caught:
        front.main(arguments)
    shown = capsys.readouterr()
    assert (caught.value.code, shown.out, shown.err) == (2, "", f"{said}\n")


@pytest.mark.parametrize(("given", "colour"), [({}, None), ({"NO_COLOR": ""}, None), ({"NO_COLOR": "1"}, False)])
def test_colours_can_be_turned_off(given: dict[str, str], colour: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR leaves them out; without it, or empty, a terminal has them."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    seen: list[object] = []

    app = typer.Typer()

    @app.callback(invoke_without_command=True)
    def act(context: typer.Context) -> None:
        seen.append(context.color)

    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    ending.invoke(group, [], None)
    assert seen == [colour]


def test_a_group_alone_shows_what_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command below it, its help is the answer to wrong usage."""
    with pytest.raises(SystemExit) as caught:
        front.main(["users"])
    assert caught.value.code == 2
    assert "\n  reset-password " in capsys.readouterr().err


def _palaver(stdout: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "palaver", "--version"], stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
    )


def test_nobody_reads_any_more() -> None:
    """`palaver ... | head -1` ends as a shell expects it, without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = _palaver(writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (ending.UNREAD, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_no_room_for_what_is_printed() -> None:
    """What was printed did not arrive, which is a failure, and no traceback."""
    with Path("/dev/full").open("w") as full:
        done = _palaver(full.fileno())
    said = "palaver: No space left on device; make room there, and do it again\n"
    assert (done.returncode, done.stderr) == (ending.COULD_NOT, said)
