"""How every command ends: with what it returns, or with one line that says what went wrong, and a code that fits it.

What a room knows how to tell, it tells itself. Here is what may happen to each of them: words that make no command, a
file that cannot be had, a reader that has gone away, Ctrl-C, SIGTERM.
"""

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

COULD_NOT: Final = 3
INTERRUPTED: Final = 130
TERMINATED: Final = 143
UNREAD: Final = 141
"""As a shell has it: 128 and the number of the signal, which is SIGINT, SIGTERM or SIGPIPE."""

# What can be done about it, where its name does not say so.
_REMEDIES: Final[Mapping[int, str]] = {
    errno.EACCES: "name another place, or have its owner give you the right",
    errno.EPERM: "name another place, or have its owner give you the right",
    errno.EROFS: "name another place",
    errno.EEXIST: "name another place, or move away what is there",
    errno.ENOENT: "name a place that is there",
    errno.ENOTDIR: "name another place: a part of this one is a file",
    errno.EISDIR: "name a file",
    errno.ENOSPC: "make room there, and do it again",
}


class _Terminated(SystemExit):
    """Raised by SIGTERM, so that what is under way is undone as after Ctrl-C."""


@contextmanager
def ended(command: str) -> Iterator[None]:
    """End the process as `command`, or `palaver` alone, when what is within cannot go on.

    Raises SystemExit in every such case. A defect, which is everything else that is raised, is let through.
    """
    name = f"palaver {command}".rstrip()
    try:
        with _terminable(), _written():
            yield
    except typer.Exit as end:
        raise SystemExit(end.exit_code) from None
    except TyperException as error:
        _refuse(error, name)
    except typer.Abort:
        _say(f"{name}: nothing was done, as nobody agreed", 1)
    except (KeyboardInterrupt, EOFError):
        _say(f"{name}: interrupted", INTERRUPTED)
    except _Terminated:
        _say(f"{name}: terminated", TERMINATED)
    except BrokenPipeError:
        _forget_output()
        raise SystemExit(UNREAD) from None
    except OSError as error:
        if error.filename is None and error.errno != errno.ENOSPC:
            raise
        _forget_output()
        _say(f"{name}: {_told(error)}", COULD_NOT)


def invoke(app: TyperGroup, arguments: Sequence[str], defaults: Mapping[str, object] | None) -> None:
    """Run what the arguments name. Raises what a command raises, typer.Exit and TyperException among it."""
    # None: colours on a terminal.
    color = False if os.environ.get("NO_COLOR") else None
    with app.make_context("palaver", list(arguments), default_map=defaults, color=color) as context:
        app.invoke(context)


@contextmanager
def _terminable() -> Iterator[None]:
    """Have SIGTERM raise _Terminated. Whoever runs an event loop may take it over, and gives it up when that ends."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(*_: object) -> NoReturn:
    raise _Terminated


@contextmanager
def _written() -> Iterator[None]:
    """Write out at the end what was printed, so that a reader who has gone away is noticed here and not after us."""
    try:
        yield
    finally:
        sys.stdout.flush()


def _refuse(error: TyperException, name: str) -> NoReturn:
    """Say which word makes no sense, and to which command."""
    context = getattr(error, "ctx", None)
    path = name if context is None else str(context.command_path)
    text = error.format_message()
    if text.startswith("Usage:"):
        # A group of commands without one of them: its help is the answer.
        _say(text, error.exit_code)
    if isinstance(error, typer.BadParameter) and error.message:
        place = "" if error.param is None else f"{error.param.get_error_hint()}: ".replace("'", "")
        text = place + _reason(error)
    text = f"{text[:1].lower()}{text[1:]}".rstrip(".")
    _say(f"{path}: {text}{'' if text.endswith('?') else ';'} {path} --help tells more", error.exit_code)


def _reason(error: typer.BadParameter) -> str:
    """Return what is wrong with a value, in our words where it was told in those of pydantic."""
    from palaver_runtime.wrong_values import first_reason

    return first_reason(error.__cause__) or error.message


def _told(error: OSError) -> str:
    """Return which file cannot be had, why, and what to do about it."""
    where = f"{error.filename}: " if error.filename is not None else ""
    remedy = _REMEDIES.get(error.errno or 0)
    return f"{where}{error.strerror}" + (f"; {remedy}" if remedy else "")


def _say(text: str, code: int) -> NoReturn:
    with suppress(OSError):
        typer.echo(text, err=True)
    raise SystemExit(code)


def _forget_output() -> None:
    """Have what is printed from here on, and what waits to be, go nowhere: it has no place to go to."""
    with suppress(OSError, ValueError):
        place = sys.stdout.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, place)
        os.close(nowhere)
