"""From a bundle to a contract."""

import pytest
from samples import bundle, contract

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
