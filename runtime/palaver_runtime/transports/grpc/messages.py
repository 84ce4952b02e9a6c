"""Messages made of a descriptor set: bytes on one side, JSON on the other, with the names of the .proto files."""

from typing import Final

from google.protobuf import json_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from palaver_runtime.transports.grpc.failures import UndeclaredAnswer, Undecodable


class Rpc:
    """One method: reads what it takes and writes what it returns."""

    def __init__(self, request: type[Message], response: type[Message]) -> None:
        self._request: Final = request
        self._response: Final = response

    def decode(self, raw: bytes) -> str:
        """Return a request as JSON text, every field that cannot be absent included; raise Undecodable."""
        message = self._request()
        try:
            message.ParseFromString(raw)
            return json_format.MessageToJson(
                message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True, indent=None
            )
        except (DecodeError, json_format.SerializeToJsonError) as error:
            raise Undecodable from error

    def encode(self, answer: dict[str, object]) -> bytes:
        """Return the bytes of an answer given as JSON values; raise UndeclaredAnswer when it is no such message."""
        message = self._response()
        try:
            json_format.ParseDict(answer, message)
        except json_format.ParseError as error:
            raise UndeclaredAnswer(str(error)) from error
        return message.SerializeToString()


class Descriptors:
    """A descriptor set in a pool of its own, so that two dialects may have messages of one name."""

    def __init__(self, descriptors: bytes) -> None:
        """Read a serialised set, in which each file comes after those that it imports."""
        self.pool: Final = DescriptorPool()
        for file in FileDescriptorSet.FromString(descriptors).file:
            self.pool.Add(file)

    def rpc(self, key: str) -> Rpc:
        """Return the method of a key as in package.Service/Method; KeyError when there is none."""
        service, _, name = key.partition("/")
        method = self.pool.FindServiceByName(service).FindMethodByName(name)
        if method is None:
            raise KeyError(key)
        return Rpc(GetMessageClass(method.input_type), GetMessageClass(method.output_type))

    def admit(self, serialised: bytes) -> None:
        """Add the file of a service that is served beside the document's, so that reflection can show it."""
        self.pool.Add(FileDescriptorProto.FromString(serialised))
