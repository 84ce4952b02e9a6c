"""Operations and events by meaning."""

from dataclasses import replace

import pytest
from samples import contract, facts, tagged_bundle

from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import HarnessError, NotApplicable


def test_socket_comes_before_http() -> None:
    """Where both transports offer an operation the socket is taken, unless one is asked for."""
    known = contract()
    assert known.operation("message.send").via == "socket"
    assert known.operation("message.send", "http").name == "POST /rooms/{room}/notes"
    assert known.operation("account.me").via == "http"


def test_missing_meanings_do_not_apply() -> None:
    """An operation or event that the documents lack is not applicable, by name."""
    with pytest.raises(NotApplicable, match=r"message\.edit"):
        contract().operation("message.edit")
    with pytest.raises(NotApplicable, match="over socket"):
        contract().operation("account.me", "socket")
    with pytest.raises(NotApplicable, match=r"presence\.online"):
        contract().event("presence.online")


def test_needs() -> None:
    """A need is a meaning of an operation or event, with or without a transport."""
    needs = ["message.send", "message.send@http", "message.created", "account.me@socket", "message.edit"]
    assert contract().missing(needs) == ["account.me@socket", "message.edit"]
    with pytest.raises(HarnessError):
        contract().has("message.send@pigeon")


def test_payload_of_an_event() -> None:
    """Canonical values go where the pointers say, entities in their wire shape, None nowhere."""
    operation = contract().operation("message.send")
    payload = operation.payload({"content": "hi", "notes": [facts(id="1", content="x")]})
    assert payload == {"text": "hi", "notes": [{"id": "1", "text": "x"}]}
    assert operation.payload({"content": "hi", "notes": None}) == {"text": "hi"}
    with pytest.raises(NotApplicable, match="colour"):
        operation.payload({"colour": "red"})


def test_payload_of_a_request() -> None:
    """A request has a path, a query and, where the document gives it one, a body."""
    known = contract()
    posted = known.operation("message.send", "http").payload({"conversation": "r", "content": "hi", "loud": True})
    assert posted == {"path": {"room": "r"}, "query": {"loud": True}, "body": {"text": "hi"}}
    assert known.operation("account.me").payload({}) == {"path": {}, "query": {}}


def test_events_are_found_by_wire_name() -> None:
    """What arrives is looked up by its name on the wire."""
    assert [event.means for event in contract().events_named("heard")] == ["message.created"]
    assert contract().events_named("unheard of") == []


def test_values_that_an_event_cannot_say() -> None:
    """Of what is asked of an event only that is left for which its documents have a place, within entities too."""
    where = {"message.content": "hi", "message.client_id": "c", "conversation": "r", "message": "m"}
    assert contract().sayable("message.created", where) == {"message.content": "hi", "message": "m"}
    assert contract().sayable("unheard.of", where) == where


def test_payload_has_its_constants() -> None:
    """What is the same in every payload is there without being asked for, and so are fixed canonical values."""
    known = read_bundle(tagged_bundle())
    start, stop = known.operation("typing.start"), known.operation("typing.stop")
    assert start.payload({"conversation": "r"}) == {"type": "typing", "payload": {"room": "r", "active": True}}
    assert stop.payload({"conversation": "r"}) == {"type": "typing", "payload": {"room": "r", "active": False}}
    assert start.requires("conversation")
    assert not start.takes_many("conversation")
    assert not start.restricts("conversation")


def test_first_place_for_a_token() -> None:
    """The handshake's own place comes before the query, and a handshake may have none."""
    handshake = contract().handshake
    assert handshake is not None
    assert handshake.place == "auth"
    assert replace(handshake, auth_field=None).place == "query"
    assert replace(handshake, auth_field=None, query_field=None, header="authorization").place == "header"
    with pytest.raises(NotApplicable):
        _ = replace(handshake, auth_field=None, query_field=None).place
