"""What went wrong in the parsers that this server builds on, or that resemble it, does not go wrong here.

Each test is named by the number of the vulnerability, and says what that was.
"""

import ast
import asyncio
import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import jwt
import orjson
import pytest
import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fuzz.target import CORPUS, Broken
from fuzz.targets import dialects, http, instances, playground, socketio, websocket

from palaver_runtime.adapters.redis import codec
from palaver_runtime.adapters.tokens import Claims, JwtTokens, SecretTokens
from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.domain.values import Caller
from palaver_runtime.transports.listener import Listener, _config
from palaver_runtime.transports.socketio import packets
from palaver_runtime.transports.socketio.packets import MalformedPacket

RUNTIME = Path(__file__).parents[2] / "runtime" / "palaver_runtime"
SECRET = "a secret of these tests, which is long enough"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLAIMS = {"sub": "ada", "exp": 4_102_444_800}
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n"
)
GENEROUS = 10.0
"""Seconds for what takes some milliseconds, and took minutes where it was quadratic."""


def imports() -> set[str]:
    """Return the names of all modules that the runtime imports, and of all that it takes from them."""
    found: set[str] = set()
    for file in RUNTIME.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return found


def attributes(folder: Path, name: str) -> list[str]:
    """Return the places in a folder where an attribute of that name is taken of something else than `self`, and not
    just measured by `len`.
    """
    found = []
    for file in folder.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(file.read_text())))
        calls = [each for each in nodes if isinstance(each, ast.Call)]
        measured = [
            part for each in calls if isinstance(each.func, ast.Name) and each.func.id == "len" for part in each.args
        ]
        taken = [each for each in nodes if isinstance(each, ast.Attribute) and each.attr == name]
        others = [each for each in taken if not (isinstance(each.value, ast.Name) and each.value.id == "self")]
        found += [f"{file.name}:{each.lineno}" for each in others if each not in measured]
    return found


# Socket.IO packets.


@pytest.mark.parametrize(
    "text", ["2" + "1" * 900_000, "51" + "0" * 900_000 + "-", "2/" + "n" * 900_000, "2[" * 450_000]
)
def test_cve_2020_36049_long_packet_heads_take_no_time(text: str) -> None:
    """socket.io-parser joined the head of a packet sign by sign, in quadratic time and memory; ours is one match."""
    began = time.monotonic()
    try:
        head = packets.read_head(text)
        packets.read_event_name(text, head.body)
    except MalformedPacket:
        pass
    assert time.monotonic() - began < GENEROUS


@pytest.mark.parametrize("number", ['"splice"', "-1", "1e9", "{}", "0"])
def test_cve_2022_2421_placeholders_are_not_resolved(number: str) -> None:
    """socket.io-parser put `attachments[num]` in place of a placeholder, also for `"num": "splice"`; ours stay text."""
    text = f'51-["file",{{"_placeholder":true,"num":{number}}}]'
    event = packets.read_event(text, packets.read_head(text).body)
    assert event.arguments == (f'{{"_placeholder":true,"num":{number}}}',)


@pytest.mark.parametrize("name", ['{"toString":"x"}', "[]", "null", "7", "true", '"\\ud800"'])
def test_cve_2023_32695_names_of_events_are_strings(name: str) -> None:
    """socket.io-parser let an object through as the name of an event, which threw where it was used as a key."""
    text = f"2[{name}]"
    with pytest.raises(MalformedPacket):
        packets.read_event(text, packets.read_head(text).body)


@pytest.mark.parametrize("name", ["error", "connect_error", "disconnect", "__proto__"])
def test_cve_2024_38355_an_event_called_error_is_one_like_others(name: str) -> None:
    """socket.io raised the event `error` of a client in the server, and ended the process; here it is answered."""
    assert socketio.session(f'0\n21["{name}",{{}}]\n22["next"]'.encode()) == "accepted after events"


@pytest.mark.parametrize("number", ["CVE-2026-33151", "CVE-2026-48804", "CVE-2026-69185"])
def test_attachments_are_not_kept(number: str) -> None:
    """CVE-2026-33151, CVE-2026-69185 (socket.io-parser) and CVE-2026-48804 (python-socketio) kept any number of
    attachments in memory until the last had come; here each is thrown away as it comes, and only counted, and of more
    than a few none is even read.
    """
    held = socketio.opened(playground.Echo(), socketio._Carrier())
    attachment = bytearray(b"x" * 10_000)

    async def flood() -> None:
        held.message("0")
        held.message('510-["file"]')
        for left in range(9, -1, -1):
            held.message(bytes(attachment))
            assert held._attachments == left
        assert len(held._items) == 2, "CONNECT and the event: what was attached is not in the queue"
        held.message('59999-["file"]')
        for _ in range(1000):
            held.message(bytes(attachment))
        assert len(held._items) == 3, "and that there were too many"

    asyncio.run(flood())
    held_there = [getattr(held, name) for name in type(held).__slots__]
    kept = [value for value in held_there if isinstance(value, bytes | bytearray | list)]
    assert kept == [], number
    assert held._attachments == 9999, "after which nothing is read"


# Engine.IO.


def test_cve_2020_36048_a_body_over_the_limit_is_not_read() -> None:
    """engine.io read a body of any size into memory; here one over the limit is refused by its length."""
    assert socketio.payload(b"4" + b"x" * 20_000) == "refused"
    assert socketio.payload(b"40") == "accepted"


@pytest.mark.parametrize(
    "query",
    [
        "EIO=4&transport=websocket",
        "EIO=4&transport=polling&sid=__proto__",
        "EIO[]=4&transport[]=polling",
        "EIO=4&transport=polling&j=[]",
        "EIO=4&transport=constructor",
        "EIO=4&EIO=3&transport=polling",
    ],
)
def test_cve_2022_21676_odd_queries_are_refused(query: str) -> None:
    """engine.io threw at a crafted request for a session; here whatever is no such request is a 400."""
    assert socketio.requests(f"GET {query}".encode()) == "refused: 400"


def test_cve_2022_41940_an_upgrade_that_breaks_off_is_no_error() -> None:
    """engine.io had no listener for errors between upgrade and session, and ended; here nothing is even logged."""
    assert websocket.handshake((UPGRADE % b"")[:-20]) == "refused: silence"
    assert websocket.handshake(UPGRADE.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"x") % b"") == "refused: 400"
    assert websocket.handshake(UPGRADE % b"") == "accepted: 101"


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"\x00\x02\xff40", b"4\xf0\x9f\x98", b"b\xff"])
def test_cve_2026_59725_binary_bodies_are_refused(body: bytes) -> None:
    """engine.io was brought down by invalid binary bodies of POST requests; here they end their own session."""
    assert socketio.payload(body) == "refused"


def test_cve_2026_48802_no_client_starts_threads() -> None:
    """python-engineio started a thread, or a task, of its heartbeat for each PONG; here each session has one timer."""
    before = threading.active_count()
    assert socketio.payload(b"\x1e".join([b"3"] * 256)) == "accepted"
    assert socketio.payload(b"\x1e".join([b"3"] * 257)) == "refused", "more are not for one request"
    assert threading.active_count() == before


# WebSocket.


def test_cve_2021_32640_long_protocol_headers_take_no_time() -> None:
    """Ws split `Sec-WebSocket-Protocol` in quadratic time; here a request with such a header is answered at once."""
    began = time.monotonic()
    websocket.handshake(UPGRADE % (b"Sec-WebSocket-Protocol: b" + b" " * 50_000 + b"x\r\n"))
    assert time.monotonic() - began < GENEROUS


def test_cve_2024_37890_many_headers_are_no_error() -> None:
    """Ws threw at more headers than Node.js reads; here an upgrade with as many is accepted, or refused."""
    headers = b"".join(b"X-%d: y\r\n" % number for number in range(2000))
    assert websocket.handshake(UPGRADE % headers) in (
        "accepted: 101",
        "refused: 400",
        "refused: 431",
        "refused: silence",
    )


def test_cve_2018_1000518_messages_are_not_decompressed() -> None:
    """Websockets inflated compressed messages without a limit; here compression is never agreed on."""
    offer = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    written, _ = playground.loop().run_until_complete(websocket._conversation([UPGRADE % offer]))
    assert written.startswith(b"HTTP/1.1 101")
    assert b"permessage-deflate" not in written.lower()


# HTTP.


def configured() -> uvicorn.Config:
    """Return how our listeners configure uvicorn."""
    listener = Listener(websocket._nowhere, "127.0.0.1", 0)
    try:
        return _config(listener, 1.0)
    finally:
        listener.close()


def test_cve_2020_7694_paths_are_not_logged() -> None:
    """Uvicorn wrote the path of a request into its access log as it was, escapes of terminals too; ours is off."""
    assert configured().access_log is False


def test_cve_2020_7695_line_breaks_in_a_path_split_no_response() -> None:
    """Uvicorn wrote header values with line breaks as they were; here what a path decodes to is in no header."""
    request = b"GET /socket.io%0d%0aSet-Cookie:%20a=b/?EIO=4%0d%0aX-Injected:%201 HTTP/1.1\r\nHost: a\r\n\r\n"
    written, _ = playground.loop().run_until_complete(websocket._conversation([request]))
    head = written.partition(b"\r\n\r\n")[0].lower()
    assert b"set-cookie" not in head
    assert b"x-injected" not in head


def test_cve_2025_43859_chunks_end_where_they_say() -> None:
    """h11 took any two bytes for the end of a chunk, so that two parsers saw two requests; ours refuses them."""
    config = configured()
    config.load()
    assert "httptools" in {
        each.__module__.split("_impl")[0].split(".")[-1] for each in config.http_protocol_class.__mro__
    }
    chunk = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX0\r\n\r\n"
    assert websocket.handshake(chunk) == "refused: 400"


@pytest.mark.parametrize("number", ["CVE-2023-30798", "CVE-2024-47874", "CVE-2025-54121"])
def test_forms_are_not_read(number: str) -> None:
    """CVE-2023-30798, CVE-2024-47874 and CVE-2025-54121: starlette read forms of many, endless or large parts.

    Here nothing reads forms: a body that is no JSON is refused by its type.
    """
    parts = b"--x\r\n" + b'Content-Disposition: form-data; name="a"\r\n\r\n' * 20
    outcome = http.request(b"gateway.register\nmultipart/form-data; boundary=x\n" + parts)
    assert outcome.startswith("refused: 4"), number
    assert attributes(RUNTIME, "form") == [], number


def test_cve_2025_62727_ranges_are_not_read() -> None:
    """Starlette's FileResponse merged the ranges of a Range header in quadratic time; here no file is served so."""
    taken = imports()
    assert not [each for each in taken if each.endswith(("FileResponse", "StaticFiles"))]


@pytest.mark.parametrize("number", ["CVE-2026-48710", "CVE-2026-54282"])
def test_nothing_is_decided_by_the_host_header(number: str) -> None:
    """CVE-2026-48710 and CVE-2026-54282: starlette's request.url is made of the Host header and the raw path, so that
    both could pretend. Here it decides nothing: of the server, only the mock of documents shows its path.
    """
    places = [each for folder in ("transports", "dialects") for each in attributes(RUNTIME / folder, "url")]
    assert places == [], number


# Tokens.


def good(header: dict[str, object] | None = None, claims: dict[str, object] | None = None, key: str = SECRET) -> str:
    """Sign a token."""
    return jwt.encode(claims or dict(CLAIMS), key, "HS256", headers=header)


def read(token: str, claims: Claims | None = None, secret: str = SECRET) -> Caller:
    """Read a token as a server does that has a secret and no issuer's keys."""
    return asyncio.run(JwtTokens(SecretTokens(secret, claims=claims)).read(token, NOW))


def test_cve_2022_29217_the_algorithm_is_ours_to_choose() -> None:
    """PyJWT checked a token by the algorithm that it named, with a public key as the secret; here each key has one."""
    assert read(good()).user_id == "ada"
    for algorithm in ("none", "None", "HS512", "HS384"):
        key = SECRET * 2 if algorithm.startswith("HS") else None
        other = jwt.encode(dict(CLAIMS), key, algorithm.lower() if key is None else algorithm)
        with pytest.raises(Unauthorized):
            read(other, secret=SECRET * 2)
    header = json.dumps({"alg": "HS256", "kid": instances.KEY_ID}).encode()
    public = instances.ISSUER.public_key()
    published = [
        public.public_bytes(Encoding.Raw, PublicFormat.Raw),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ]
    for secret in published:
        forged = instances.signed_with_secret(header + b"\n" + json.dumps(CLAIMS).encode(), secret)
        assert instances.token(forged.encode()).startswith("refused: The token is malformed")


@pytest.mark.parametrize("issuer", ["iss", "issue", "", ["issuer"], "issuers", None])
def test_cve_2024_53861_an_issuer_is_compared_whole(issuer: object) -> None:
    """PyJWT 2.10.0 took any part of the issuer's name for the issuer; here it is compared whole."""
    claims = Claims(issuer="issuer")
    assert read(good(claims={**CLAIMS, "iss": "issuer"}), claims).user_id == "ada"
    text = json.dumps({"alg": "HS256"}).encode() + b"\n" + json.dumps({**CLAIMS, "iss": issuer}).encode()
    with pytest.raises(Unauthorized, match="another issuer"):
        read(instances.signed_with_secret(text, SECRET.encode()), claims)


def test_cve_2026_32597_critical_headers_are_understood_or_refused() -> None:
    """PyJWT passed over `crit`, by which a token says what its reader must understand; it is refused."""
    with pytest.raises(Unauthorized):
        read(good({"crit": ["exotic"], "exotic": True}))


# JSON, Redis and gRPC.


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_cve_2024_27454_deep_json_is_refused(opening: str) -> None:
    """orjson.loads had no limit of its recursion, and crashed the process; it refuses, and so do our readers."""
    deep = opening * 100_000
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(deep)
    assert dialects.event(f"gateway message:send\n{deep}".encode()).startswith("refused")
    assert websocket.message(f'{{"type":{deep}'.encode()) == "refused"
    assert socketio.packet(f"0{deep}".encode()).startswith("refused")


def test_cve_2025_61765_nothing_is_unpickled() -> None:
    """python-socketio unpickled what came over Redis, so that whoever could publish ran code; ours is JSON alone."""
    (pickled,) = (CORPUS / "parcels" / "pickle").read_bytes().splitlines()
    assert b"posix" in pickled
    assert instances.parcel(pickled).startswith("refused")
    with pytest.raises(codec.Unreadable):
        codec.decode(pickled.split(b" ", 2)[2])
    assert not imports() & {"pickle", "marshal", "shelve", "dill", "cloudpickle"}


def test_cve_2025_4565_deep_messages_are_refused() -> None:
    """Protobuf in pure Python had no limit of its recursion; nested groups are refused by ours."""
    key = next(iter(dialects._calls())).encode()
    assert dialects.call(key + b"\n" + b"\x0b" * 100_000) == "refused: undecodable"


def test_the_aiohttp_server_is_not_used() -> None:
    """What went wrong in aiohttp's server (CVE-2023-47627, CVE-2024-23334 …) concerns nobody: there is none."""
    assert not [each for each in imports() if each.split(".")[0] == "aiohttp"]


def test_checks_can_fail() -> None:
    """The places of an attribute are found where there are some, and a server that fails is told of."""
    assert attributes(RUNTIME / "mock", "url")
    with pytest.raises(Broken):
        playground.json_of("{")
