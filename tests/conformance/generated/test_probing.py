"""Requests drawn by Schemathesis: sent, recorded and judged."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from samples import setting

from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import Failure
from palaver_conformance.generated.probing import Prober, load
from palaver_conformance.people.account import Account

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "toy", "version": "1"},
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    "security": [{"bearer": []}],
    "paths": {
        "/rooms/{room}": {
            "post": {
                "parameters": [{"name": "room", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["who"],
                                "properties": {"who": {"type": "string"}, "after": {"type": "string"}},
                            }
                        }
                    }
                },
                "responses": {
                    "200": {
                        "description": "Added.",
                        "content": {"application/json": {"schema": {"type": "object", "required": ["who"]}}},
                    }
                },
                "x-chat": {
                    "means": "participant.add",
                    "fields": {"conversation": "/path/room", "user": "/body/who", "after": "/body/after"},
                    "result": {},
                    "errors": [],
                },
            }
        }
    },
}


def prober() -> tuple[Prober, Callable[..., object]]:
    """Return what probes a toy, and what makes a case for it."""
    known = read_bundle({"dialect": "toy", "openapi": DOCUMENT, "errors": {}})
    operations = {each.name: each for each in known.operations}
    made = Prober(setting("http://127.0.0.1:1", known), Account("alice", "alice", "a token"), operations)
    operation = load(known.openapi)["/rooms/{room}"]["POST"]

    def case(room: str, **body: str) -> object:
        return operation.Case(path_parameters={"room": room}, body=body, media_type="application/json")

    return made, case


def answered(case, status: int, content: bytes, kind: str = "application/json"):
    """Return an answer to a case, as it comes from the wire."""
    import requests

    made = requests.Response()
    made.status_code, made._content = status, content
    made.headers["content-type"] = kind
    made.request = requests.Request(**case.as_transport_kwargs(base_url="http://127.0.0.1:1")).prepare()
    from schemathesis import Response

    return Response.from_requests(made, verify=True)


def test_known_things_take_the_place_of_invented_ones() -> None:
    """Requests are about what is there, and leave out what nobody can know."""
    made, case = prober()
    drawn = case("nowhere", who="nobody", after="never")
    made.settle(drawn, {"conversation": "r1", "user": "bob"})
    assert (drawn.path_parameters, drawn.body) == ({"room": "r1"}, {"who": "bob"})


def test_what_the_server_told_stays() -> None:
    """What a link has passed on is not replaced."""
    made, case = prober()
    made._told.append('{"id": "r2"}')
    drawn = case("r2", who="nobody")
    made.settle(drawn, {"conversation": "r1", "user": "bob"})
    assert drawn.path_parameters == {"room": "r2"}


def test_server_that_is_not_there_is_a_failure() -> None:
    """No answer is no mistake of the harness."""
    made, case = prober()
    with pytest.raises(Failure, match="an answer to POST /rooms"):
        made.call(case("r", who="bob"))
    made.close()


@pytest.mark.parametrize(
    ("status", "content", "kind", "reason"),
    [
        (418, b'{"who": "bob"}', "application/json", "Undocumented status code"),
        (500, b'{"who": "bob"}', "application/json", "Server error"),
        (200, b"{}", "application/json", "schema"),
        (200, b"hello", "text/plain", "JSON deserialization error"),
    ],
)
def test_answers_are_judged(status: int, content: bytes, kind: str, reason: str) -> None:
    """A status, a content type or a body that the document does not have is told, with the request, without token."""
    made, case = prober()
    drawn = case("r", who="bob")
    with pytest.raises(Failure) as failure:
        made.judge(drawn, answered(drawn, status, content, kind))
    assert reason in failure.value.expected
    assert failure.value.arrived[0].startswith("curl -X POST")
    assert "a token" not in str(failure.value.arrived)


def test_document_is_left_as_it_is() -> None:
    """Schemathesis writes into its own copy."""
    before = repr(DOCUMENT)
    load(DOCUMENT)
    assert repr(DOCUMENT) == before


def test_sources_are_read_while_a_document_is_loaded() -> None:
    """Sending reads no source: others draw meanwhile, and of two threads that read sources Python 3.11 fails one."""
    program = f"""
import builtins, json, sys, traceback
import requests
from palaver_conformance.generated.probing import load
convert, converted = builtins.compile, []
def compiled(source, filename, mode, flags=0, *rest, **others):
    if flags & {ast.PyCF_ONLY_AST}:
        converted.append("".join(traceback.format_stack()))
    return convert(source, filename, mode, flags, *rest, **others)
builtins.compile = compiled
operation = load(json.loads(sys.argv[1]))["/rooms/{{room}}"]["POST"]
while_loaded = len(converted)
try:
    operation.Case(path_parameters={{"room": "r"}}, body={{}}, media_type="application/json").call(base_url="http://127.0.0.1:1")
except requests.ConnectionError:
    print(while_loaded, *converted[while_loaded:], sep="\\n")
"""
    ran = subprocess.run(
        [sys.executable, "-c", program, json.dumps(DOCUMENT)], check=True, timeout=120, capture_output=True, text=True
    )
    while_loaded, *while_sent = ran.stdout.splitlines()
    assert int(while_loaded) > 0
    assert while_sent == []
