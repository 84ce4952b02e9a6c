"""Decisions: what the tables of the generated code say, and that they can be bound."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from palaver_codegen.build import build
from palaver_codegen.documents import load_bundle


async def _nothing(**given: object) -> object:
    return sorted(given)


def test_payload_and_acknowledgements_are_told_apart(spec: Path) -> None:
    """An event knows its payload, its answer behind an alias, its refusal and its codes; an unanswered one has none."""
    send, hush = build(load_bundle(spec / "toy"), ()).client_events
    assert (send.name, send.method, send.payload, send.ack, send.refusal) == (
        "note:send",
        "note_send",
        "Send",
        "Sent",
        "Refused",
    )
    assert (hush.method, hush.ack, hush.refusal, hush.errors) == ("hush", None, None, ("INTERNAL",))


def test_reply_that_the_server_sends_as_an_event_is_no_acknowledgement(
    spec: Path, edit: Callable[[str, str, str], None]
) -> None:
    """A reply that is also a message of a `send` operation comes as that event, and the handler returns nothing."""
    edit("toy/asyncapi.yaml", "- $ref: '#/channels/main/messages/sent'", "- $ref: '#/channels/main/messages/noteNew'")
    edit("toy/asyncapi.yaml", "result: {message: /note}", "result: {message: ''}")
    send, _ = build(load_bundle(spec / "toy"), ()).client_events
    assert (send.ack, send.refusal) == (None, "Refused")


@pytest.mark.parametrize(
    ("security", "secured"),
    [("[]", False), ("[{}]", False), ("[{bearer: []}]", True), ("[{bearer: []}, {}]", False)],
)
def test_security_of_an_operation_replaces_that_of_the_document(
    spec: Path, edit: Callable[[str, str, str], None], security: str, secured: bool
) -> None:
    """A caller is there if no alternative lets a request pass without credentials."""
    edit("toy/openapi.yaml", "operationId: logout", f"operationId: logout\n      security: {security}")
    routes = {route.operation: route.secured for route in build(load_bundle(spec / "toy"), ()).routes}
    assert routes == {"listNotes": True, "putNote": False, "logout": secured}


def test_result_is_a_pair_where_statuses_differ(spec: Path) -> None:
    """One status needs no number; several with one model share an annotation."""
    returns = {route.operation: route.returns for route in build(load_bundle(spec / "toy"), ()).routes}
    assert returns == {
        "listNotes": "models.ListNotesResponse",
        "putNote": "tuple[Literal[200, 201], models.Note]",
        "logout": "None",
    }


def test_all_handlers_are_bound(wire: Callable[[str], ModuleType]) -> None:
    """An object with every coroutine is bound, event by event."""
    bound = wire("toy.table").bind_events(SimpleNamespace(note_send=_nothing, hush=_nothing))
    assert list(bound) == ["note:send", "hush!"]
    assert bound["hush!"].call is _nothing


def test_renamed_event_is_missed_at_boot(
    edit: Callable[[str, str, str], None], wire: Callable[[str], ModuleType]
) -> None:
    """Once an event is renamed in the document, the old handlers do not bind, and the error says what is wanted."""
    edit("toy/asyncapi.yaml", "name: note:send", "name: note:write")
    with pytest.raises(wire("contract").HandlerMissing) as missing:
        wire("toy.table").bind_events(SimpleNamespace(note_send=_nothing, hush=_nothing))
    assert str(missing.value) == (
        "toy: no handler for event 'note:write': "
        "palaver_wire.toy.handlers.EventHandlers wants `async def note_write(…)`"
    )


async def test_plain_handler_of_an_event_is_called_at_once(wire: Callable[[str], ModuleType]) -> None:
    """Or awaited, as any other; a coroutine function is never called at once."""
    told = []
    bound = wire("toy.table").bind_events(SimpleNamespace(note_send=_nothing, hush=lambda *given: told.append(given)))
    assert bound["note:send"].at_once is None
    assert bound["hush!"].at_once("one", "two") is None
    assert await bound["hush!"].call("three", "four") is None
    assert told == [("one", "two"), ("three", "four")]


@pytest.mark.parametrize("wrong", [None, "text", lambda **given: given])
def test_what_does_not_handle_is_missing(wire: Callable[[str], ModuleType], wrong: object) -> None:
    """An attribute that cannot be called is as good as none; for a route so is a plain function."""
    if not callable(wrong):
        with pytest.raises(wire("contract").HandlerMissing):
            wire("toy.table").bind_events(SimpleNamespace(note_send=_nothing, hush=wrong))
    with pytest.raises(wire("contract").HandlerMissing):
        wire("toy.routes").bind_routes(SimpleNamespace(list_notes=_nothing, put_note=_nothing, logout=wrong))


def test_server_event_encodes_by_the_wires_names(wire: Callable[[str], ModuleType]) -> None:
    """An outbound event gives its name and its payload."""
    models = wire("toy.models")
    problem = models.Problem(code=models.ProblemCode.INVALID, text="no")
    assert wire("toy.table").ERROR.encode(problem) == ("error", {"code": "INVALID", "text": "no"})
    assert wire("toy.table").ERROR.of(problem) == ("error", problem)


async def test_routes_are_bound_in_the_documents_order(wire: Callable[[str], ModuleType]) -> None:
    """Each bound route has what the document says of it, and calls the handler of its operation."""

    async def handle(*given: object) -> object:
        return given

    handlers = SimpleNamespace(list_notes=handle, put_note=handle, logout=handle)
    bound = wire("toy.routes").bind_routes(handlers)
    assert [
        (each.route.operation, each.route.secured, each.route.body is not None, each.route.body_required)
        for each in bound
    ] == [("listNotes", True, False, False), ("putNote", False, True, True), ("logout", True, False, False)]
    assert await bound[2].call("ann") == ("ann",)


def test_catalogue_has_the_named_codes(wire: Callable[[str], ModuleType]) -> None:
    """Status, retry and description of each code are those of the catalogue."""
    errors = wire("toy.errors")
    assert list(errors.ErrorCode) == ["UNAUTHORIZED", "INVALID", "NOT_FOUND", "INTERNAL"]
    assert errors.CATALOGUE[errors.ErrorCode.INTERNAL].status == 500
    assert errors.CATALOGUE[errors.ErrorCode.INTERNAL].retryable is True


def test_call_needs_a_token_unless_it_says_otherwise(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """Where metadata has a token, a call is secured if it does not say that it is not; else none is."""
    assert [call.secured for call in build(load_bundle(spec / "toy"), ()).calls] == [True, False]
    edit("toy/grpc.yaml", "  token: {name: authorization, scheme: Bearer}\n", "")
    edit("toy/grpc.yaml", "    secured: false\n", "")
    assert [call.secured for call in build(load_bundle(spec / "toy"), ()).calls] == [False, False]


async def test_calls_are_bound_in_the_documents_order(wire: Callable[[str], ModuleType]) -> None:
    """Each bound call has its models, and the handler of its rpc."""
    models = wire("toy.models")
    bound = wire("toy.calls").bind_calls(SimpleNamespace(ring=_nothing, list_bells=_nothing))
    assert [(each.call.key, each.call.request) for each in bound] == [
        ("toy.bell.Bell/Ring", models.RingRequest),
        ("toy.bell.Bell/ListBells", models.ListBellsRequest),
    ]
    assert bound[0].handle is _nothing
    with pytest.raises(wire("contract").HandlerMissing, match=r"call toy\.bell\.Bell/ListBells"):
        wire("toy.calls").bind_calls(SimpleNamespace(ring=_nothing))
