"""How a server is run, stopped and kept: what tests alone can see, switched off."""

import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace

from mutants.mutant import mutant

from palaver_runtime.admin_ports import AdminStore, Noun, Person
from palaver_runtime.operations import Operations
from palaver_runtime.services.administration.archive import Tally
from palaver_runtime.services.administration.exporting import ExportService
from palaver_runtime.services.outgoing import Outgoing
from palaver_runtime.transports import listener

_ADMINISTRATION = "tests/runtime/services/administration"


@mutant("tests/runtime/test_operations.py::test_figures_are_for_operators", "== status")
def shows_its_figures_to_everybody() -> None:
    """Whoever asks is told the figures."""
    begin = Operations.__init__

    def generous(self: Operations, *given: object, **named: object) -> None:
        begin(self, *given, **{**named, "open_metrics": True})

    Operations.__init__ = generous


@mutant("tests/runtime/transports/test_listener.py::test_drain_comes_before_the_end_and_is_bounded", "assert seen ==")
def ends_at_once() -> None:
    """Who is told to stop stops, whatever is being done."""

    async def at_once(stop: listener.Stop) -> None:
        """Wait for nothing."""

    listener._drain = at_once


@mutant("tests/runtime/test_operations.py::test_draining_is_said_at_once", "draining")
def says_nothing_of_its_end() -> None:
    """Who is about to stop is ready until then."""
    Operations.drain = lambda self: None


@mutant(
    "tests/runtime/services/test_outgoing.py::test_close_finishes_what_was_taken_and_refuses_the_rest",
    "not closing.done()",
)
def leaves_what_was_taken() -> None:
    """What is being committed when all ends is nobody's business any more."""

    async def close(self: Outgoing) -> None:
        self._closed = True
        for writer in self._writers:
            writer.cancel()

    Outgoing.close = close


@mutant(f"{_ADMINISTRATION}/test_exporting.py::test_archive_is_of_one_moment", "too late")
def exports_one_thing_after_the_other() -> None:
    """An archive has each kind of thing as it is when it is the turn of that."""

    class Moments:
        def __init__(self, store: AdminStore) -> None:
            self._store = store

        async def records(self, noun: Noun, of: Person | None) -> AsyncIterator[object]:
            async with self._store.reading() as tx:
                async for each in tx.records(noun, of):
                    yield each

    begin = ExportService.__init__

    def piecemeal(self: ExportService, store: AdminStore, *given: object) -> None:
        begin(self, SimpleNamespace(reading=lambda: contextlib.nullcontext(Moments(store))), *given)

    ExportService.__init__ = piecemeal


@mutant(f"{_ADMINISTRATION}/test_importing.py::test_what_is_damaged_is_refused_whole", "DID NOT RAISE")
def imports_what_is_damaged() -> None:
    """What an archive says of itself at its end is believed, whatever stood before it."""
    end = Tally.end
    Tally.end = lambda self: {**end(self), "sha256": "right"}
