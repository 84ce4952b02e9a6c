"""Messages made of a descriptor set."""

import json

import pytest
from doubles.bell import RING, calls
from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2

from palaver_runtime.transports.grpc.failures import UndeclaredAnswer, Undecodable
from palaver_runtime.transports.grpc.messages import Descriptors, Rpc


@pytest.fixture
def descriptors() -> Descriptors:
    """Give the toy's messages."""
    return Descriptors(calls.descriptors())


@pytest.fixture
def ring(descriptors: Descriptors) -> Rpc:
    """Give the rpc that rings."""
    return descriptors.rpc(RING.key)


def read(descriptors: Descriptors, name: str, raw: bytes) -> object:
    """Read bytes as whoever knows the .proto file."""
    message = GetMessageClass(descriptors.pool.FindMessageTypeByName(name)).FromString(raw)
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def written(descriptors: Descriptors, name: str, value: dict[str, object]) -> bytes:
    """Write bytes as whoever knows the .proto file."""
    message = GetMessageClass(descriptors.pool.FindMessageTypeByName(name))()
    return json_format.ParseDict(value, message).SerializeToString()


def test_names_are_those_of_the_file_and_defaults_are_there(descriptors, ring):
    """What cannot be absent has its default; what can is not there; names are as they are written."""
    raw = written(descriptors, "toy.bell.RingRequest", {"roomId": "r1"})
    assert json.loads(ring.decode(raw)) == {"roomId": "r1", "text": "", "times": 0}
    raw = written(descriptors, "toy.bell.RingRequest", {"mood": ""})
    assert json.loads(ring.decode(raw)) == {"roomId": "", "text": "", "times": 0, "mood": ""}


@pytest.mark.parametrize("raw", [b"\xff", b"\x0a\x05a", b"\x0a\x01\xff"], ids=["tag", "short", "utf-8"])
def test_what_is_no_message_is_refused(ring, raw):
    """Bytes that are cut off, have an impossible tag or text that is not UTF-8 are undecodable."""
    with pytest.raises(Undecodable):
        ring.decode(raw)


def test_empty_bytes_are_a_message_of_defaults(ring):
    """In protobuf nothing at all is a message."""
    assert json.loads(ring.decode(b"")) == {"roomId": "", "text": "", "times": 0}


def test_answer_is_encoded(descriptors, ring):
    """An answer's JSON values become the fields of its message."""
    raw = ring.encode({"success": True, "rung": {"id": "b1", "heard_by": ["bob"], "seconds": 3}})
    assert read(descriptors, "toy.bell.RingAnswer", raw) == {
        "success": True,
        "rung": {"id": "b1", "heard_by": ["bob"], "seconds": 3},
    }


@pytest.mark.parametrize(
    "answer",
    [{"extra": 1}, {"success": "yes"}, {"rung": {"seconds": 2**40}}, {"rung": {"forever": True, "seconds": 3}}],
    ids=["unknown", "type", "range", "oneof"],
)
def test_answer_that_is_no_such_message_is_undeclared(ring, answer):
    """What the .proto file has no place for is the server's fault."""
    with pytest.raises(UndeclaredAnswer):
        ring.encode(answer)


@pytest.mark.parametrize("key", ["toy.bell.Bell/Melt", "toy.bell.Gong/Ring"])
def test_unknown_method(descriptors, key):
    """A method that the set does not have is told at once."""
    with pytest.raises(KeyError):
        descriptors.rpc(key)


def test_each_set_has_a_pool_of_its_own(descriptors):
    """Another set with the same names does not get in the way, and neither does a file that is admitted to one."""
    other = Descriptors(calls.descriptors())
    other.admit(health_pb2.DESCRIPTOR.serialized_pb)
    assert other.pool.FindServiceByName("grpc.health.v1.Health")
    with pytest.raises(KeyError):
        descriptors.pool.FindServiceByName("grpc.health.v1.Health")
