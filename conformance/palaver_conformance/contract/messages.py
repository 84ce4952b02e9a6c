"""Messages of protobuf, made of the descriptor set in the documents: JSON on one side, bytes on the other."""

import base64
from collections.abc import Mapping

from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from palaver_conformance.errors import Failure, HarnessError, NotApplicable


class Messages:
    """What the methods of a descriptor set take and return; a method's key is as in package.Service/Method.

    As JSON a message has the field names of its .proto file, and a value for each field that cannot be absent.
    """

    def __init__(self, descriptors: str) -> None:
        """Read a set in base64; raises HarnessError when it is none."""
        self._pool = DescriptorPool()
        try:
            for file in FileDescriptorSet.FromString(base64.b64decode(descriptors, validate=True)).file:
                self._pool.Add(file)
        except (ValueError, TypeError, DecodeError) as error:
            raise HarnessError(f"the descriptors in the documents cannot be read: {error}") from error

    def empty(self, key: str) -> dict[str, object]:
        """Return the request in which every field has its default."""
        return _as_json(self._request(key))

    def encode(self, key: str, payload: object) -> bytes:
        """Return the bytes of a request; raises NotApplicable when protobuf has no way to say it."""
        message = self._request(key)
        if not isinstance(payload, dict):
            raise NotApplicable(f"protobuf cannot carry {payload!r} to {key}")
        try:
            json_format.ParseDict(payload, message)
        except json_format.ParseError as error:
            raise NotApplicable(f"protobuf cannot carry this to {key}: {error}") from error
        return message.SerializeToString()

    def decode(self, key: str, raw: bytes) -> dict[str, object]:
        """Return an answer; raises Failure when the bytes are none."""
        message = GetMessageClass(self._method(key).output_type)()
        try:
            message.ParseFromString(raw)
            return _as_json(message)
        except (DecodeError, json_format.SerializeToJsonError) as error:
            raise Failure(f"a message in the answer to {key}", (repr(error), raw[:200].hex())) from error

    def _request(self, key: str) -> Message:
        return GetMessageClass(self._method(key).input_type)()

    def _method(self, key: str) -> MethodDescriptor:
        service, _, name = key.partition("/")
        try:
            methods: Mapping[str, MethodDescriptor] = self._pool.FindServiceByName(service).methods_by_name
            return methods[name]
        except KeyError as error:
            raise HarnessError(f"the descriptors in the documents have no {key}") from error


def _as_json(message: Message) -> dict[str, object]:
    found: dict[str, object] = json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return found
