"""Calls, read from a bundle."""

from dataclasses import replace

import pytest
from doubles.bell import BUNDLE

from palaver_conformance.contract.calls import CallOperation, call_operations
from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.contract.service import SaidNo, service
from palaver_conformance.errors import NotApplicable


@pytest.fixture
def ring() -> CallOperation:
    """Give the toy's call that rings."""
    found = read_bundle(BUNDLE).operation("message.send", "grpc")
    assert isinstance(found, CallOperation)
    return found


def test_call_is_read(ring: CallOperation) -> None:
    """A call has its key, its pointers and codes, whether it needs a token, and how its answer says no."""
    assert (ring.name, ring.via, ring.secured) == ("toy.bell.Bell/Ring", "grpc", True)
    assert ring.fields == {"conversation": "/roomId", "content": "/text"}
    assert ring.result == {"message": "/rung"}
    assert ring.errors == {"INVALID", "UNAUTHORIZED"}
    assert ring.refusal == SaidNo("/success", False, {"code": "/error"})
    assert ring.answer.problems({"success": True}) == []


def test_request_is_whole(ring: CallOperation) -> None:
    """What canonical values do not say has its default, as on the wire; what has no place is not applicable."""
    assert ring.payload({"conversation": "r1", "content": "hi"}) == {"roomId": "r1", "text": "hi", "times": 0}
    with pytest.raises(NotApplicable):
        ring.payload({"client_id": "c1"})


def test_refusal_by_status_has_no_place_in_the_answer() -> None:
    """A call without a refusal of its own is not secured either, as it says so."""
    health = read_bundle(BUNDLE).operation("service.health")
    assert isinstance(health, CallOperation)
    assert (health.refusal, health.secured) == (None, False)


def test_call_is_the_last_way() -> None:
    """A meaning that is on a socket and in calls is carried out on the socket, unless it is said otherwise."""
    contract = read_bundle(BUNDLE)
    assert contract.operation("message.send").via == "socket"
    assert contract.has("message.send@grpc")
    assert contract.missing(["service.health@grpc", "service.health@http"]) == ["service.health@http"]


def test_without_a_place_for_tokens_nothing_is_secured() -> None:
    """Where metadata has no token, none is needed."""
    known = service(BUNDLE["grpc"])
    assert known is not None
    found = call_operations(BUNDLE["grpc"], replace(known, token=None))
    assert [each.secured for each in found] == [False, False]
    assert list(call_operations({}, None)) == []
