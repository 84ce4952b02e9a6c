"""Messages made of the descriptors in the documents."""

import pytest
from doubles.bell import BUNDLE

from palaver_conformance.contract.messages import Messages
from palaver_conformance.errors import Failure, HarnessError, NotApplicable

RING = "toy.bell.Bell/Ring"


@pytest.fixture
def messages() -> Messages:
    """Give the toy's messages."""
    return Messages(BUNDLE["grpc"]["descriptors"])


def test_empty_request_has_every_default(messages: Messages) -> None:
    """What cannot be absent has its default, under the name of the .proto file; what can is not there."""
    assert messages.empty(RING) == {"roomId": "", "text": "", "times": 0}


def test_request_is_what_the_proto_file_says(messages: Messages) -> None:
    """Bytes are those of protobuf: field 1 holds "r1", and what has its default is left out."""
    assert messages.encode(RING, {"roomId": "r1", "times": 0}) == b"\x0a\x02r1"


@pytest.mark.parametrize("payload", [{"text": 5}, {"extra": 1}, {"times": 2**40}, ["x"], None])
def test_what_protobuf_cannot_say_is_not_applicable(messages: Messages, payload: object) -> None:
    """A wrong type, an unknown field and no object at all cannot be sent, so nothing is proven about them."""
    with pytest.raises(NotApplicable):
        messages.encode(RING, payload)


def test_answer_is_read(messages: Messages) -> None:
    """An answer is JSON with every default; one that is no message is the server's failure."""
    assert messages.decode(RING, b"") == {"success": False}
    assert messages.decode(RING, b"\x08\x01") == {"success": True}
    with pytest.raises(Failure, match="a message in the answer to toy"):
        messages.decode(RING, b"\xff")


@pytest.mark.parametrize("descriptors", ["None", "!", "AAAA"])
def test_descriptors_that_are_none_are_ours(descriptors: str) -> None:
    """Documents without a descriptor set are not the server's fault."""
    with pytest.raises(HarnessError):
        Messages(descriptors)


@pytest.mark.parametrize("key", ["toy.bell.Bell/Melt", "toy.bell.Gong/Ring", "Ring"])
def test_unknown_method_is_ours(messages: Messages, key: str) -> None:
    """An operation that the descriptors do not have is an error of the documents."""
    with pytest.raises(HarnessError):
        messages.empty(key)
