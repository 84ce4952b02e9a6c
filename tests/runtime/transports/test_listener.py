"""Listening, serving and stopping."""

import asyncio
import errno
import logging
import os
import signal
import socket
import sys

import httpx
import pytest
import websockets
from starlette.types import Receive, Scope, Send
from websockets.frames import Frame, Opcode

from palaver_conformance.topology.process import free_port
from palaver_runtime.transports import listener
from palaver_runtime.transports.listener import (
    AddressInUse,
    AddressUnavailable,
    Listener,
    Stop,
    bind,
    bound_socket,
    loop_factory,
    serve,
    serving,
)


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every request with its path."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        await receive()
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def test_several_listeners_in_one_loop():
    """Each listener serves its application on its real port, and gives it back at the end."""
    listeners = bind([(hello, "127.0.0.1", 0), (hello, "127.0.0.1", 0)])
    ports = [listener.port for listener in listeners]
    assert 0 not in ports
    async with serving(listeners), httpx.AsyncClient() as client:
        for port in ports:
            answer = await client.get(f"http://127.0.0.1:{port}/{port}")
            assert answer.text == f"/{port}"
            assert "server" not in answer.headers
    for port in ports:
        Listener(hello, "127.0.0.1", port).close()


def test_a_connection_keeps_little_that_is_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has that from the socket that listens. What is there is fetched in one go, and the loop is busy meanwhile."""
    monkeypatch.setattr(listener, "_UNREAD", 20_000)
    with bound_socket("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            # Linux makes it twice as much.
            assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) <= 2 * 20_000


def test_taken_port_is_named_before_anything_starts():
    """A taken port gives AddressInUse with the address, and the ports bound before it are given back."""
    free = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUse, match=rf"port {port} on 127\.0\.0\.1 is in use") as caught:
            bind([(hello, "127.0.0.1", free), (hello, "127.0.0.1", port)])
        assert isinstance(caught.value, OSError)
        assert (caught.value.errno, caught.value.host, caught.value.port) == (errno.EADDRINUSE, "127.0.0.1", port)
        Listener(hello, "127.0.0.1", free).close()


def test_address_of_another_machine():
    """An address that is not ours is told apart from a taken port."""
    with pytest.raises(AddressUnavailable, match=r"192\.0\.2\.1"):
        Listener(hello, "192.0.2.1", 0)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            "cannot listen on port 80 of h: Name or service not known; give an address of this machine as the host",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied"),
            "cannot listen on port 80 of h: Permission denied; choose a port from 1024 on, or serve",
        ),
    ],
)
def test_what_keeps_a_port_away_is_told_with_the_remedy(
    error: OSError, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that nobody knows, and a port that is not for everybody."""

    class Kept(socket.socket):
        def bind(self, address: object) -> None:
            del address
            raise error

    monkeypatch.setattr("palaver_runtime.transports.listener.socket.socket", Kept)
    with pytest.raises(AddressUnavailable) as caught:
        Listener(hello, "h", 80)
    assert str(caught.value.strerror).startswith(said)


async def test_small_frames_are_not_held_back():
    """Nagle's algorithm is off on an accepted connection: a second small frame does not wait for the first."""
    accepted: list[int] = []

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        connection = send.__self__.channel.transport.get_extra_info("socket")  # type: ignore[attr-defined]
        accepted.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    listeners = bind([(look, "127.0.0.1", 0)])
    async with serving(listeners), websockets.connect(f"ws://127.0.0.1:{listeners[0].port}/") as client:
        await client.wait_closed()
    assert len(accepted) == 1
    assert accepted[0] != 0


async def test_limit_of_a_websocket_message():
    """A longer message closes the websocket with 1009, and no compression is agreed on."""
    listeners = bind([(hello, "127.0.0.1", 0)], max_frame_bytes=10)
    async with serving(listeners), websockets.connect(f"ws://127.0.0.1:{listeners[0].port}/") as client:
        assert "sec-websocket-extensions" not in client.response.headers
        await client.send("x" * 11)
        with pytest.raises(websockets.ConnectionClosedError) as caught:
            await client.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1009


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        ([Frame(Opcode.TEXT, b"\xff\xfe")], 1007),
        ([Frame(Opcode.TEXT, b"\xf0\x9f", fin=False), Frame(Opcode.CONT, b"\x98")], 1007),
        ([Frame(Opcode.TEXT, b"\xff"), Frame(Opcode.CLOSE, b"\x03\xe8")], 1007),
    ],
    ids=["at-once", "in-fragments", "with-a-close-behind-it"],
)
async def test_text_that_is_no_utf_8_ends_the_connection_without_a_word_in_the_log(pieces, code, caplog):
    """RFC 6455 wants 1007, whatever came along behind it. That is no error of the server."""
    listeners = bind([(hello, "127.0.0.1", 0)])
    async with (
        serving(listeners),
        websockets.connect(f"ws://127.0.0.1:{listeners[0].port}") as client,
        asyncio.timeout(10),
    ):
        client.transport.write(b"".join(each.serialize(mask=True) for each in pieces))
        await client.wait_closed()
    assert client.close_code == code
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []


async def test_drain_comes_before_the_end_and_is_bounded(caplog):
    """At notice all are served; in the drain those who are connected, and nobody new; one without end is given up."""
    listeners = bind([(hello, "127.0.0.1", 0)])
    url = f"http://127.0.0.1:{listeners[0].port}"
    seen: list[str] = []

    async def ask(client: httpx.AsyncClient, path: str) -> None:
        seen.append((await client.get(f"{url}{path}")).text)

    async def notice() -> None:
        await ask(old, "/notice")

    async def drain() -> None:
        await ask(old, "/alive")
        async with httpx.AsyncClient() as new:
            with pytest.raises(httpx.ConnectError):
                await new.get(url)
        await asyncio.Event().wait()

    stop = Stop(notice=notice, drain=drain, deadline=1.0)
    async with asyncio.timeout(30), httpx.AsyncClient() as old, serving(listeners, stop):
        pass
    assert seen == ["/notice", "/alive"]
    assert "still open after 1 s" in caplog.text


async def test_failing_drain_still_stops_the_servers():
    """The exception of a drain is raised, after the ports were given back."""
    listeners = bind([(hello, "127.0.0.1", 0)])
    port = listeners[0].port

    async def drain() -> None:
        raise RuntimeError("drain failed")

    with pytest.raises(RuntimeError, match="drain failed"):
        async with serving(listeners, Stop(drain=drain)):
            pass
    Listener(hello, "127.0.0.1", port).close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signal_stops(number, caplog):
    """serve() ends on SIGTERM and SIGINT and leaves the signal handlers as they were."""
    caplog.set_level(logging.INFO, "palaver_runtime")
    listeners = bind([(hello, "127.0.0.1", 0)])
    drained = asyncio.Event()

    async def drain() -> None:
        drained.set()

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(serve(listeners, Stop(drain=drain)))
        async with httpx.AsyncClient() as client:
            await client.get(f"http://127.0.0.1:{listeners[0].port}/")
        os.kill(os.getpid(), number)
    assert drained.is_set()
    for each in (signal.SIGTERM, signal.SIGINT):
        assert signal.getsignal(each) in (signal.SIG_DFL, signal.default_int_handler)
    assert f"listening on 127.0.0.1:{listeners[0].port}" in caplog.text


async def test_url_of_a_websocket_is_not_logged(caplog):
    """Uvicorn would log the URL of a websocket, with the token in it; here it does not."""
    listeners = bind([(hello, "127.0.0.1", 0)])
    async with serving(listeners), websockets.connect(f"ws://127.0.0.1:{listeners[0].port}/?token=SECRET"):
        pass
    assert not [r for r in caplog.records if r.name.startswith("uvicorn") and "SECRET" in r.getMessage()]
    assert logging.getLogger("uvicorn.error").getEffectiveLevel() >= logging.WARNING


async def test_refused_websocket_is_no_error(caplog):
    """Who is refused with a response of HTTP gets that, and the log stays empty, however many are."""

    async def refuse(scope, receive, send):
        await send({"type": "websocket.http.response.start", "status": 429, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"too ", "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b"many"})

    listeners = bind([(refuse, "127.0.0.1", 0)])
    async with serving(listeners):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"ws://127.0.0.1:{listeners[0].port}/")
    assert (refused.value.response.status_code, refused.value.response.body) == (429, b"too many")
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_the_loop_is_the_fastest_there_is() -> None:
    """The server runs on uvloop, which every platform but Windows has."""
    loop = loop_factory()()
    loop.close()
    assert type(loop).__module__ == ("asyncio.windows_events" if sys.platform == "win32" else "uvloop")
