"""Handlers that are written once, and compared ever after."""

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from palaver_codegen import ir
from palaver_codegen.build import build
from palaver_codegen.documents import check
from palaver_codegen.scaffold import handlers, lag, module, target

ROOT = Path(__file__).parents[2]


def toy(spec: Path) -> ir.Dialect:
    """Return the toy as it now is."""
    return build(check(spec / "toy")[0], ())


def test_what_is_written_lags_in_nothing(spec: Path, tmp_path: Path) -> None:
    """Before it is written there is nothing to compare; afterwards it has every handler and no other."""
    out = tmp_path / "toy"
    assert lag(toy(spec), out) is None
    target(out).parent.mkdir()
    target(out).write_text(module(toy(spec), "palaver_wire"))
    found = lag(toy(spec), out)
    assert found is not None
    assert (found.new, found.stale) == ((), ())


async def test_what_is_written_runs(
    spec: Path, tmp_path: Path, wire: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module satisfies the generated tables, and a handler answers with the example of the documents."""
    table, routes, calls = wire("toy.table"), wire("toy.routes"), wire("toy.calls")
    (tmp_path / "scaffolded.py").write_text(module(toy(spec), "palaver_wire"))
    monkeypatch.syspath_prepend(str(tmp_path))
    written = importlib.import_module("scaffolded")
    bound = table.bind_events(written.ToyEvents(None))
    assert len(routes.bind_routes(written.ToyRoutes(None))) == len(routes.ROUTES)
    assert len(calls.bind_calls(written.ToyCalls(None))) == len(calls.CALLS)
    answer = await bound["note:send"].call(None, None)
    assert answer.model_dump(mode="json", by_alias=True)["note"]["text"] == "hello"
    protocol = inspect.signature(wire("toy.handlers").EventHandlers.note_send)
    assert list(inspect.signature(written.ToyEvents.note_send).parameters) == list(protocol.parameters)


def test_grown_documents_are_told(spec: Path, tmp_path: Path, edit: Callable[[str, str, str], None]) -> None:
    """A renamed event is a new handler, with code to paste, and a stale one with its line; nothing is touched."""
    out = tmp_path / "handlers.py"
    out.write_text(module(toy(spec), "palaver_wire"))
    edit("toy/asyncapi.yaml", "name: 'hush!'", "name: be:quiet")
    found = lag(toy(spec), out)
    assert found is not None
    (new,), (stale,) = found.new, found.stale
    assert (new.protocol, new.method, new.target) == ("EventHandlers", "be_quiet", "be:quiet")
    assert new.code.startswith("    async def be_quiet(self, session: Session, payload: models.Hush) -> None:\n")
    assert (stale.protocol, stale.method) == ("EventHandlers", "hush")
    assert "async def hush(" in out.read_text().splitlines()[stale.line - 1]


def test_handlers_may_be_anywhere_in_a_folder(spec: Path, tmp_path: Path) -> None:
    """A class says what it implements in its docstring or by its bases; private and plain methods do not count."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.py").write_text(
        'class A:\n    """Implements `EventHandlers`."""\n    async def note_send(self): ...\n'
        "    async def _own(self): ...\n"
    )
    (tmp_path / "b.py").write_text(
        "class B(EventHandlers[S]):\n    async def hush(self): ...\n    def plain(self): ...\n"
    )
    found = lag(toy(spec), tmp_path)
    assert found is not None
    assert found.stale == ()
    assert {each.protocol for each in found.new} == {"RouteHandlers", "CallHandlers"}


def test_a_model_without_an_example_is_not_made_up(spec: Path) -> None:
    """Its handler says that it is not written yet, in a code of the catalogue."""
    dialect = toy(spec)
    bare = {"$defs": {name: {} for name in dialect.definitions["$defs"]}}  # type: ignore[union-attr]
    from dataclasses import replace

    code = next(each.code for each in handlers(replace(dialect, definitions=bare)) if each.method == "note_send")
    assert 'raise Unavailable("this is not written yet")' in code


@pytest.mark.parametrize("dialect", sorted(path.parent.name for path in (ROOT / "spec").glob("*/asyncapi.yaml")))
def test_our_own_dialects_lag_in_nothing(dialect: str) -> None:
    """The handlers of every dialect in this repository are exactly what their documents ask for."""
    found = lag(build(check(ROOT / "spec" / dialect)[0], ()), ROOT / "runtime/palaver_runtime/dialects" / dialect)
    assert found is not None
    assert (found.new, found.stale) == ((), ())
