"""The parsers that are fuzzed in-process, by the room that they are in."""

from fuzz.target import Target
from fuzz.targets import conformance, dialects, documents, http, instances, socketio, websocket

TARGETS: dict[str, Target] = {
    each.name: each
    for module in (socketio, websocket, http, dialects, instances, conformance, documents)
    for each in module.TARGETS
}
