"""The parsers that are fuzzed in-process, by the room that they are in."""

from fuzz.target import Target
from fuzz.targets import conformance, dialects, documents, http, instances, rfc6455, socketio, websocket

TARGETS: dict[str, Target] = {
    each.name: each
    for module in (socketio, rfc6455, websocket, http, dialects, instances, conformance, documents)
    for each in module.TARGETS
}
