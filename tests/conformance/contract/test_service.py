"""What all calls have in common."""

from dataclasses import replace

import pytest
from doubles.bell import BUNDLE

from palaver_conformance.contract.service import CallService, SaidNo, service


@pytest.fixture
def toy() -> CallService:
    """Give what the toy says of its calls."""
    found = service(BUNDLE["grpc"])
    assert found is not None
    return found


def test_token_stands_in_metadata(toy: CallService) -> None:
    """After the scheme, or alone where there is none; without a token or a place nothing is sent."""
    assert toy.metadata("t") == {"authorization": "Bearer t"}
    assert replace(toy, scheme=None).metadata("t") == {"authorization": "t"}
    assert toy.metadata("") == replace(toy, token=None).metadata("t") == {}


def test_usual_port_of_each_host(toy: CallService) -> None:
    """Without an address, calls go to the documents' port beside each server; without such a port nowhere."""
    assert toy.beside(["http://h:1/base", "https://[::1]:2"]) == ("h:50009", "[::1]:50009")
    assert replace(toy, port=None).beside(["http://h:1"]) == ()


def test_documents_without_calls() -> None:
    """There is nothing to say of calls that there are not; and what a document leaves out is None."""
    assert service({}) is None
    bare = service({"descriptors": BUNDLE["grpc"]["descriptors"]})
    assert bare is not None
    assert (bare.token, bare.scheme, bare.code, bare.port) == (None, None, None, None)


@pytest.mark.parametrize(
    ("answer", "fits"),
    [({"ok": False}, True), ({"ok": True}, False), ({}, False), (None, False)],
)
def test_sign_of_a_refusal(answer: object, fits: bool) -> None:
    """An answer says no if the sign is there and has the value."""
    assert SaidNo("/ok", False, {"code": "/code"}).fits(answer) is fits
