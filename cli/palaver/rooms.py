"""Which room owns which command: the table that lets `palaver --help` name them all and import none."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

import typer

PACKAGES: Final = (
    "palaver",
    "palaver_client",
    "palaver_codegen",
    "palaver_conformance",
    "palaver_runtime",
    "palaver_wire",
)


class CommandModule(Protocol):
    """A room's `command.py`."""

    def register(self, app: typer.Typer) -> None:
        """Add the room's commands to the application."""


@dataclass(frozen=True)
class Room:
    """A package that brings commands.

    `extra` is what has to be installed for them to run. `commands` maps each name to its summary in the list,
    which repeats the first line of the command's own help; a test compares the two.
    """

    module: str
    extra: str
    commands: Mapping[str, str]

    def register(self, app: typer.Typer) -> None:
        """Import the room and add its real commands to the application.

        Raises ModuleNotFoundError when a package of the room's extra is not installed.
        """
        with _without_collecting():
            cast("CommandModule", import_module(self.module)).register(app)

    def announce(self, app: typer.Typer) -> None:
        """Add a line to the list of commands for each of the room's, without importing the room."""
        for name, summary in self.commands.items():
            app.command(name, help=summary, short_help=summary)(_announced)

    def missing(self, command: str, package: str) -> str:
        """Return the line that says what to install for `command`, which `package` is missing for."""
        return f"palaver {command} needs the package {package}: pip install 'palaver[{self.extra}]'"


ROOMS: Final = (
    # Each of codegen's by itself: whoever lints, on every save perhaps, does not wait for what the others need.
    Room(
        module="palaver_codegen.lint",
        extra="codegen",
        commands={"lint": "Check the documents in spec/ and report every problem with its place."},
    ),
    Room(
        module="palaver_codegen.command",
        extra="codegen",
        commands={"generate": "Generate the API layer from the documents in spec/."},
    ),
    Room(
        module="palaver_codegen.begin",
        extra="codegen",
        commands={
            "new": "Make a project of your own: documents, handlers, tests and a Makefile.",
            "scaffold": "Write a first module of handlers, once; later tell which are new or stale.",
        },
    ),
    Room(
        module="palaver_codegen.diff.command",
        extra="codegen",
        commands={"diff": "Tell what changed between two versions of documents, and whom it breaks."},
    ),
    Room(
        module="palaver.docs",
        extra="docs",
        commands={"docs": "Publish the documents as a web site that needs no server and no network."},
    ),
    Room(
        module="palaver_runtime.command",
        extra="server",
        commands={
            "serve": "Serve one or more dialects over one core.",
            "dialects": "List the dialects, and where `palaver serve --all` serves them.",
            "migrate": "Bring the database to the current schema.",
        },
    ),
    Room(
        module="palaver_runtime.admin.command",
        extra="server",
        commands={
            "users": "List, create, rename and delete users, and reset their passwords.",
            "sessions": "List sessions, and end them on every instance.",
            "conversations": "List, show and delete conversations.",
            "retention": "Forget old messages, and sessions that ended long ago.",
            "export": "Write a whole server, or the data of one user, to a file of JSON Lines.",
            "import": "Read an archive into an empty database: all of it, or nothing.",
        },
    ),
    Room(
        module="palaver_runtime.doctor.command",
        extra="server",
        commands={"doctor": "Check settings, database, Redis, clock and machine, and say what to mend."},
    ),
    Room(
        module="palaver_conformance.command",
        extra="conformance",
        commands={
            "conform": "Prove that a server keeps the contract of its documents.",
            "cluster": "Serve a dialect by several instances behind one port.",
        },
    ),
    Room(
        # It needs the documents of one room and the transports of another.
        module="palaver.mock",
        extra="mock",
        commands={"mock": "Serve documents by their examples alone, for work on a client."},
    ),
)


def owner(command: str) -> Room | None:
    """Return the room that brings `command`."""
    return next((room for room in ROOMS if command in room.commands), None)


def is_ours(package: str) -> bool:
    """Tell whether a module's name belongs to this distribution, so that its absence is a defect of ours."""
    return package.partition(".")[0] in PACKAGES


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Have nothing looked through for garbage meanwhile: what is imported stays, and a fifth of the time goes there."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _announced() -> None:
    """Stand in for a command in the list; the room's own command is registered before one is invoked."""
    raise AssertionError("an announced command was invoked without its room")
