"""From a bundle to a contract."""

import pytest
from samples import bundle, contract, tagged_bundle

from palaver_conformance.contract.model import HttpOperation, SocketOperation
from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import HarnessError


def test_acknowledgements_are_told_apart_by_their_entity() -> None:
    """The reply that describes an error is the refusal, wherever it stands in the list."""
    operation = contract().operation("message.send")
    assert isinstance(operation, SocketOperation)
    assert operation.refusal is not None
    assert operation.refusal.entity == "error"
    assert operation.success is not None
    assert operation.success.problems({"note": {"id": "1", "text": "x"}}) == []
    assert operation.errors == {"FORBIDDEN"}


def test_requests_are_one_payload() -> None:
    """Parameters of the path and of the operation and the body make one schema; what is not declared is refused."""
    operation = contract().operation("message.send", "http")
    good = {"path": {"room": "r"}, "query": {}, "body": {"text": "x"}}
    assert operation.request.problems(good) == []
    for bad in (
        {**good, "path": {}},
        {**good, "query": {"lout": True}},
        {**good, "query": {"loud": "yes"}},
        {"path": {"room": "r"}, "query": {}},
    ):
        assert operation.request.problems(bad) != []


def test_answers_and_security() -> None:
    """Declared statuses are known with their schemas, and operations without security are open."""
    known = contract()
    posted, door = known.operation("message.send", "http"), known.operation("account.me")
    assert isinstance(posted, HttpOperation)
    assert isinstance(door, HttpOperation)
    assert {status: schema is not None for status, schema in posted.answers.items()} == {
        201: True,
        204: False,
        403: True,
        409: True,
    }
    assert (posted.secured, door.secured) == (True, False)
    assert (posted.has_body, door.has_body) == (True, False)


def test_handshake() -> None:
    """The places of the token are the declared ones, and only these."""
    handshake = contract().handshake
    assert handshake is not None
    assert (handshake.auth_field, handshake.query_field, handshake.header) == ("token", "key", None)
    assert handshake.max_event_bytes == 1000


def test_frames_of_a_bare_websocket() -> None:
    """Where frames name themselves the handshake says by what, and the token goes into the query."""
    handshake = read_bundle(tagged_bundle()).handshake
    assert handshake is not None
    assert (handshake.path, handshake.tag, handshake.place) == ("/ws", "/type", "query")


def test_a_reply_that_is_an_event_is_no_acknowledgement() -> None:
    """What the server sends as an event is known as such, and the refusal that is one is told."""
    known = read_bundle(tagged_bundle())
    enter, typing = known.operation("room.join"), known.operation("typing.start")
    assert isinstance(enter, SocketOperation)
    assert isinstance(typing, SocketOperation)
    assert (enter.reply, enter.answered, enter.acknowledged, enter.told) == ("entered", True, False, True)
    assert (typing.reply, typing.answered, typing.acknowledged, typing.told) == (None, False, False, True)
    assert known.entry == enter
    said = contract().operation("message.send")
    assert isinstance(said, SocketOperation)
    assert (said.reply, said.answered, said.acknowledged, said.told) == (None, True, True, False)
    assert contract().entry is None


def test_one_event_may_stand_for_two_meanings() -> None:
    """An event or an operation in which a value decides what it means is known by both meanings."""
    known = read_bundle(tagged_bundle())
    assert [each.means for each in known.events_named("presence")] == ["presence.online", "presence.offline"]
    assert known.event("presence.offline").where == {"status": "offline"}
    assert known.has("typing.stop@socket")
    assert not known.has("typing.set")


def test_order_of_a_list() -> None:
    """A list comes the oldest first unless the documents say otherwise."""
    backwards = bundle()
    backwards["openapi"]["paths"]["/door"]["get"]["x-chat"]["order"] = "descending"
    assert read_bundle(backwards).operation("account.me").descending
    assert not contract().operation("account.me").descending


def test_either_document_may_be_absent() -> None:
    """A server may have only events, or only endpoints."""
    events_only = read_bundle({**bundle(), "openapi": None})
    assert {each.via for each in events_only.operations} == {"socket"}
    endpoints_only = read_bundle({**bundle(), "asyncapi": None})
    assert {each.via for each in endpoints_only.operations} == {"http"}
    assert endpoints_only.handshake is None


def test_an_operation_has_one_message() -> None:
    """An annotated operation without its message is told instead of misread."""
    broken = bundle()
    broken["asyncapi"]["operations"]["say"]["messages"] = []
    with pytest.raises(HarnessError, match="exactly one message"):
        read_bundle(broken)


def test_an_error_has_a_status() -> None:
    """A code without a number for a status is told."""
    broken = bundle()
    broken["errors"]["FORBIDDEN"]["status"] = "403"
    with pytest.raises(HarnessError, match="HTTP status"):
        read_bundle(broken)


def test_versions_are_those_of_the_documents() -> None:
    """Each document may say which version it is; one that does not is left out."""
    dated = bundle()
    dated["asyncapi"]["info"] = {"title": "Toy", "version": "2.1.0"}
    assert read_bundle(dated).versions == {"asyncapi": "2.1.0"}
