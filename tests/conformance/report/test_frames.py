"""What the packets of a wire log are."""

import json

import pytest
from samples import bundle, contract, tagged_bundle, wire

from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.evidence.trace import Direction, Entry
from palaver_conformance.report.frames import Kind, brief, read

TOY = contract()
TAGGED = read_bundle(tagged_bundle())


def one(text: str, direction: Direction = "<-", connection: str = "alice/1") -> tuple[Kind, str, str]:
    """Return what a packet of the toy is."""
    (frame,) = read([Entry(0, connection, direction, text)], TOY)
    return frame.kind, frame.label, frame.refusal


def test_log_is_read_in_order() -> None:
    """Requests, answers, events, acknowledgements and remarks each have their name, and refusals their code."""
    frames = read(wire(), TOY)
    assert [(frame.number, str(frame.kind), frame.label, frame.refusal) for frame in frames] == [
        (0, "message", "POST /rooms/…ac0f/notes", ""),
        (1, "answer", "201 Created", ""),
        (2, "mark", "the stage is set", ""),
        (3, "message", "say", ""),
        (4, "message", "heard", ""),
        (5, "answer", "ack say", "FORBIDDEN"),
        (6, "objection", "event heard breaks its schema", ""),
        (7, "mark", "the scenario has ended", ""),
        (8, "note", "closed: bye", ""),
    ]


@pytest.mark.parametrize(
    ("text", "kind", "label", "refusal"),
    [
        ('0{"sid":"x"}', Kind.TRANSPORT, "open", ""),
        ("2", Kind.TRANSPORT, "ping", ""),
        ('40{"sid":"x"}', Kind.TRANSPORT, "connect", ""),
        ("40/chat,", Kind.TRANSPORT, "connect", ""),
        ("41", Kind.TRANSPORT, "disconnect", ""),
        ('44{"message":"no"}', Kind.ANSWER, "connect_error", "refused"),
        ('44{"data":{"code":"FORBIDDEN"}}', Kind.ANSWER, "connect_error", "FORBIDDEN"),
        ('42/chat,["oops",{"oops":{"error":"CONFLICT"}}]', Kind.MESSAGE, "oops", "CONFLICT"),
        ('42["heard",{"text":"cut in the mid', Kind.MESSAGE, "heard", ""),
        ('42["he said \\"x\\"",{}]', Kind.MESSAGE, 'he said \\"x\\"', ""),
        ("437[1]", Kind.ANSWER, "ack 7", ""),
        ("42{}", Kind.MESSAGE, "42{}", ""),
        ("(binary) 00 01", Kind.MESSAGE, "(binary) 00 01", ""),
        ("", Kind.MESSAGE, "", ""),
        ("42" + "[" * 1500, Kind.MESSAGE, "42" + "[" * 197 + "…", ""),
    ],
)
def test_packets(text: str, kind: Kind, label: str, refusal: str) -> None:
    """Every kind of packet is known, cut ones too, and what is none is shown as it came."""
    assert one(text) == (kind, label, refusal)


@pytest.mark.parametrize(
    ("text", "direction", "connection", "kind", "label", "refusal"),
    [
        ("GET /door", "->", "a/http", Kind.MESSAGE, "GET /door", ""),
        ("GET /door?at=noon", "->", "a/http", Kind.MESSAGE, "GET /door", ""),
        ("204", "<-", "a/http", Kind.ANSWER, "204 No Content", ""),
        ("299 {}", "<-", "a/http", Kind.ANSWER, "299", ""),
        ('403 {"error":"FORBIDDEN"}', "<-", "a/http", Kind.ANSWER, "403 Forbidden", "FORBIDDEN"),
        ("502 <html>", "<-", "a/http", Kind.ANSWER, "502 Bad Gateway", "502"),
        ('Bell/Ring {"text": "x"}', "->", "a/grpc", Kind.MESSAGE, "Bell/Ring", ""),
        ('OK {"id": "x"}', "<-", "a/grpc", Kind.ANSWER, "OK", ""),
        ("NOT_FOUND nothing here {}", "<-", "a/grpc", Kind.ANSWER, "NOT_FOUND", "NOT_FOUND"),
    ],
)
def test_requests_and_calls(
    text: str, direction: Direction, connection: str, kind: Kind, label: str, refusal: str
) -> None:
    """A request is its method and path, a call its name, an answer its status."""
    assert one(text, direction, connection) == (kind, label, refusal)


def test_code_that_a_client_sends_is_no_refusal() -> None:
    """Only what comes from the server refuses."""
    assert one('42["say",{"text":"FORBIDDEN"}]', "->") == (Kind.MESSAGE, "say", "")


def test_frames_name_themselves() -> None:
    """Over a bare WebSocket the name stands where the documents say, also where the rest was cut."""
    texts = ['{"type":"oops","payload":{"code":"FORBIDDEN"}}', '{"type":"typing","payload":{"room":"cu', "garbage"]
    frames = read([Entry(0, "alice/1", "<-", text) for text in texts], TAGGED)
    assert [(frame.label, frame.refusal) for frame in frames] == [
        ("oops", "FORBIDDEN"),
        ("typing", ""),
        ("garbage", ""),
    ]
    assert frames[0].brief == 'code "FORBIDDEN"'


def test_server_without_sockets_has_no_packets() -> None:
    """A contract without a handshake reads requests all the same."""
    endpoints = read_bundle({**bundle(), "asyncapi": None})
    assert read([Entry(0, "a/http", "->", "GET /x")], endpoints)[0].label == "GET /x"


@pytest.mark.parametrize(
    ("content", "short"),
    [
        (None, ""),
        (
            {"id": "6b06f8efa33a0727ebb9ac0f", "at": "2026-01-01T00:00:00Z", "n": 5, "m": {"x": 1}, "text": "hello"},
            'text "hello", m {x 1}, n 5, id …ac0f, at "2026-01-01T00:00:00Z"',
        ),
        ({"message": {"text": "hello"}}, 'text "hello"'),
        ({"users": ["a", "b"], "empty": {}}, "users [2], empty {}"),
        ("word", '"word"'),
        ({"text": "x" * 500}, 'text "' + "x" * 193 + "…"),
    ],
)
def test_brief_form(content: object, short: str) -> None:
    """What a person looks for comes first, identifiers and times last; a wrapper is taken off."""
    assert brief(content) == short


def test_deep_nesting_is_survived() -> None:
    """What a scenario sends to break a server does not break the report."""
    deep = json.loads("[" * 500 + "]" * 500)
    assert brief(deep) == "[1]"
    assert one(f"42{json.dumps(['heard', deep])}")[1] == "heard"
    assert one("42" + '{"a":' * 400 + "1" + "}" * 400)[0] is Kind.MESSAGE
