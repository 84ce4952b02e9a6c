"""deploy/nginx is linted by gixy, checked by nginx itself, and run for real before three instances."""

import asyncio
import json
import re
import socket
import ssl
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from deploy.laid_out import INSTANCES, nowhere, plain, read, with_tls
from doubles.python_client import joined
from servers.judge import conform
from servers.nginx import Nginx, nginx
from servers.palaver import Server, serving

SECRET = "the secret of these tests, which is long enough"
PATIENCE = 60.0
# What is about the way, and not about how quick the machine is.
CROSSING = (
    "instances.message.crosses",
    "instances.change.crosses",
    "instances.removal.crosses",
    "instances.receipt.crosses",
    "instances.membership.crosses",
    "instances.logout.crosses",
    "instances.order.agreed",
    "instances.duplicate.none",
    "instances.retry.crosses",
)
# What gixy finds and is so on purpose, with the reason.
ON_PURPOSE = {
    "host_spoofing": "the port belongs to the origin that a page compares itself with, and $host has none",
    "missing_resolver": "the variable holds the name of an upstream, which is resolved at the start",
}


def free_ports(number: int) -> list[int]:
    """Return as many ports of the loopback that nobody listens on now, all different."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    try:
        return [each.getsockname()[1] for each in probes]
    finally:
        for each in probes:
            each.close()


@dataclass(frozen=True)
class Front:
    """nginx before the instances."""

    url: str
    proxy: Nginx
    servers: list[Server]

    def requests(self) -> list[dict[str, str]]:
        """Return its access log."""
        return [json.loads(line) for line in self.proxy.logged.splitlines() if line.startswith('{"time"')]


@asynccontextmanager
async def fronted(servers: list[Server]) -> AsyncIterator[Front]:
    """Run palaver.conf before servers."""
    (port,) = free_ports(1)
    ports = {name: int(each.url.rpartition(":")[2]) for name, each in zip(INSTANCES, servers, strict=True)}
    async with nginx(plain(f"127.0.0.1:{port}", ports)) as proxy:
        yield Front(f"http://127.0.0.1:{port}", proxy, servers)


@pytest.fixture
async def front(postgres_url: str, redis_url: str) -> AsyncIterator[Front]:
    """Run three instances on one database and Redis, with nginx before them."""
    env = {
        "PALAVER_DATABASE_URL": postgres_url,
        "PALAVER_REDIS_URL": redis_url,
        "PALAVER_JWT_SECRET": SECRET,
        "PALAVER_TRUSTED_PROXIES": "127.0.0.1",
    }
    async with AsyncExitStack() as stack:
        # One after the other: together they would share the time that one may take.
        running = [await stack.enter_async_context(serving(env=env)) for _ in INSTANCES]
        yield await stack.enter_async_context(fronted(running))


async def account(client: httpx.AsyncClient, name: str) -> tuple[str, str]:
    """Register a user; return the id and the token."""
    unique = f"{name}-{uuid.uuid4().hex[:8]}"
    answer = await client.post("/auth/register", json={"username": unique, "password": "correct horse battery"})
    assert answer.status_code == 201, answer.text
    return answer.json()["user"]["id"], answer.json()["accessToken"]


def findings(folder: Path, files: dict[str, str]) -> set[str]:
    """Return what gixy finds in a configuration, by the name of the rule."""
    for name, text in files.items():
        (folder / name).write_text(text)
    main = "events {}\nhttp {\n" + "".join(f"include {name};\n" for name in files if name != "location.conf") + "}\n"
    (folder / "nginx.conf").write_text(main)
    gixy = [Path(sys.executable).with_name("gixy"), "--format", "json", "nginx.conf"]
    printed = subprocess.run(gixy, cwd=folder, capture_output=True, text=True).stdout
    return {each["plugin"] for each in json.loads(printed)}


def test_gixy_finds_nothing_that_is_not_on_purpose(tmp_path: Path) -> None:
    """Without and with TLS; what is on purpose is still found, so that the list of it does not outlive its reason."""
    bare, tls = tmp_path / "plain", tmp_path / "tls"
    bare.mkdir()
    tls.mkdir()
    assert findings(bare, plain("127.0.0.1:1", nowhere())) == set(ON_PURPOSE)
    files = with_tls((1, 2), tmp_path / "crt", tmp_path / "key", nowhere())
    assert findings(tls, files) == set(ON_PURPOSE)


def test_gixy_sees_what_is_unsafe(tmp_path: Path) -> None:
    """A header that a client can split is found."""
    files = plain("127.0.0.1:1", nowhere())
    files["location.conf"] += 'location /old { return 302 "https://chat.example.org$uri"; }\n'
    assert "http_splitting" in findings(tmp_path, files)


async def test_nginx_refuses_what_is_wrong() -> None:
    """The check of the configuration can fail."""
    files = plain("127.0.0.1:1", nowhere())
    files["location.conf"] = files["location.conf"].replace("proxy_buffering off;", "proxy_bufering off;")
    with pytest.raises(AssertionError, match='unknown directive "proxy_bufering"'):
        async with nginx(files):
            pass


async def test_three_instances_are_one_server(front: Front, tmp_path: Path) -> None:
    """What crosses instances crosses them behind nginx too, over websockets that it spreads; and polling works.

    The judge is given the address twice: what it connects to one and the other lands where nginx puts it.
    """
    found = await conform(
        tmp_path,
        *("--spec", "gateway", "--url", front.url, "--url", front.url, "--secret", SECRET, "--time-factor", "10"),
        *(part for name in CROSSING for part in ("--only", name)),
        patience=900,
    )
    assert found.code == 0, found.printed
    assert found.passed == set(CROSSING)
    sockets = {each["instance"] for each in front.requests() if each["status"] == "101"}
    assert len(sockets) == len(INSTANCES)

    async with httpx.AsyncClient(base_url=front.url, timeout=PATIENCE) as rest:
        (_, ada), (bob_id, bob) = await account(rest, "ada"), await account(rest, "bob")
        body = {"type": "direct", "participantIds": [bob_id]}
        made = await rest.post("/conversations", json=body, headers={"Authorization": f"Bearer {ada}"})
        assert made.status_code == 201, made.text
        conversation = made.json()["id"]
        # A list of both transports is what clients do by default: they begin by polling, and change.
        async with (
            joined(front.url, ada, "polling") as (one, ones),
            joined(front.url, bob, "polling", "websocket") as (two, twos),
        ):
            for sender, arrived, text in ((one, twos, "by polling"), (two, ones, "by websocket")):
                sent = {"conversationId": conversation, "content": text, "clientMessageId": text}
                answer = await sender.call("message:send", sent, timeout=PATIENCE)
                assert "error" not in answer, answer
                async with asyncio.timeout(PATIENCE):
                    while (await arrived.get())["content"] != text:
                        pass

        # Too large for an instance is refused in its words, far too large by nginx.
        large = await rest.post("/auth/login", json={"username": "a", "password": "b" * 100_000})
        assert (large.status_code, large.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
        larger = await rest.post("/auth/login", json={"username": "a", "password": "b" * 1_200_000})
        assert larger.status_code == 413
        assert "nginx/" not in larger.text

        # Figures are not for the public, and are there all the same.
        assert (await rest.get("/metrics")).status_code == 404
        assert (await rest.get(f"{front.servers[0].url}/metrics")).status_code == 200
        # A client's own word on where it is does not matter; the answer is that of an instance.
        assert (await rest.get("/healthz", headers={"Forwarded": "for=1.2.3.4"})).json() == {"status": "ok"}

    # An instance that dies is passed by; a request whose instance is gone tells no token.
    front.servers[0].process.kill()
    await front.servers[0].process.wait()
    async with httpx.AsyncClient(base_url=front.url, timeout=PATIENCE) as rest:
        for number in range(6):
            assert (await rest.get(f"/healthz?token=from-the-query-{number}")).status_code == 200


async def test_what_an_instance_is_told() -> None:
    """Where a client is says nginx, whatever the client says of itself; and the request's number is that of the log."""
    heads: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    claims = {"X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1.2.3.4", "X-Forwarded-Proto": "https"}
    (port,) = free_ports(1)
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        behind = server.sockets[0].getsockname()[1]
        async with nginx(plain(f"127.0.0.1:{port}", dict.fromkeys(INSTANCES, behind))) as proxy:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as rest:
                assert (await rest.get("/healthz", headers={**claims, "X-Request-ID": "mine"})).status_code == 200
            await proxy.until('"path":"/healthz"')
            (entry,) = [json.loads(line) for line in proxy.logged.splitlines() if line.startswith("{")]
    told = dict(line.split(": ", 1) for line in heads[0].lower().split("\r\n")[1:] if line)
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "http"
    assert told["x-request-id"] == entry["request"]
    assert told["host"] == f"127.0.0.1:{port}"
    assert "forwarded" not in told
    assert re.search("1[.]2[.]3[.]4|mine", heads[0]) is None


async def test_no_token_is_logged() -> None:
    """Neither the query nor the referring page is in any log, nor when no instance answers; the path is."""
    (port,) = free_ports(1)
    async with nginx(plain(f"127.0.0.1:{port}", nowhere())) as proxy:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as rest:
            headers = {"Referer": "https://chat.example.org/?token=of-the-referer", "Authorization": "Bearer a-secret"}
            answer = await rest.get("/ws?token=of-the-query", headers=headers)
        assert answer.status_code == 502
        await proxy.until('"path":"/ws"')
        (entry,) = [json.loads(line) for line in proxy.logged.splitlines() if line.startswith("{")]
        assert (entry["path"], entry["status"], entry["method"]) == ("/ws", "502", "GET")
        assert re.search("of-the-|a-secret", proxy.logged) is None


async def test_the_usual_logs_would_tell_tokens() -> None:
    """What the logs are kept from is there: with nginx's own settings both logs have the query."""
    (port,) = free_ports(1)
    files = plain(f"127.0.0.1:{port}", nowhere())
    for changed, usual in (("/dev/stdout palaver", "/dev/stdout"), ("/dev/stderr emerg", "/dev/stderr error")):
        assert changed in files["palaver.conf"]
        files["palaver.conf"] = files["palaver.conf"].replace(changed, usual)
    async with nginx(files) as proxy:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as rest:
            await rest.get("/ws?token=of-the-query")
        await proxy.until('HTTP/1.1" 502')
        assert "connect() failed" in proxy.logged
        assert proxy.logged.count("of-the-query") >= 2


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Return a certificate of chat.example.org, signed by itself, and its key."""
    crt, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    request = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=chat.example.org",
    ]
    names = ["-addext", "subjectAltName=DNS:chat.example.org", "-keyout", str(key), "-out", str(crt)]
    subprocess.run([*request, *names], check=True, capture_output=True)
    return crt, key


async def test_tls(certificate: tuple[Path, Path]) -> None:
    """The right name is served over TLS, with HSTS; another name gets nothing, and plain HTTP is sent on."""
    secure, insecure = free_ports(2)
    async with nginx(with_tls((secure, insecure), *certificate, nowhere())):
        known = ssl.create_default_context(cafile=str(certificate[0]))
        status, headers = await spoken(secure, "chat.example.org", known)
        # It is passed on, to instances that are not there.
        assert status == "HTTP/1.1 502 Bad Gateway"
        assert "strict-transport-security: max-age=31536000; includesubdomains" in headers
        with pytest.raises(ssl.SSLError):
            await spoken(secure, "other.example.org", trusting())
        async with httpx.AsyncClient(timeout=PATIENCE) as rest:
            sent_on = await rest.get(f"http://127.0.0.1:{insecure}/a?b=c", headers={"Host": "evil.example.org"})
        assert (sent_on.status_code, sent_on.headers["location"]) == (308, "https://chat.example.org/a?b=c")


def trusting() -> ssl.SSLContext:
    """Return a context that takes any certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def spoken(port: int, name: str, context: ssl.SSLContext) -> tuple[str, list[str]]:
    """Ask for /healthz under a name; return the status line and the header, in lower case."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
        try:
            writer.write(f"GET /healthz HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            head, _, _ = (await reader.read()).decode().partition("\r\n\r\n")
        finally:
            writer.close()
    status, *headers = head.split("\r\n")
    return status, [each.lower() for each in headers]


def test_everything_is_included() -> None:
    """Both servers have the same locations."""
    assert [text.count("include location.conf;") for text in map(read, ("palaver.conf", "tls.conf"))] == [1, 1]
