"""One connection to Redis."""

import asyncio
import ssl
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis
from servers.redis import RedisServer

from palaver_runtime.adapters.redis.link import Away, Link, database_of


async def test_replies_come_in_the_order_of_the_commands(redis_url: str) -> None:
    """Commands that are sent together are answered one by one, bytes for bytes and half surrogates included."""
    link = Link(redis_url, timeout=5)
    assert await link.exchange([("SET", "half \ud83d", b"\xff"), ("GET", "half \ud83d"), ("GET", "none")]) == [
        b"OK",
        b"\xff",
        None,
    ]
    link.close()


async def test_refused_command_leaves_no_reply_behind(redis_url: str) -> None:
    """A command that Redis refuses is Away; the replies of the commands after it are not taken for later ones."""
    link = Link(redis_url, timeout=5)
    with pytest.raises(Away, match="unknown command"):
        await link.exchange([("ECHO", "1"), ("NONSENSE",), ("ECHO", "2")])
    assert await link.exchange([("ECHO", "3")]) == [b"3"]
    link.close()


async def test_cancelled_exchange_leaves_no_reply_behind(redis_server: RedisServer) -> None:
    """An exchange that is cancelled ends at once, and its reply is not taken for that of the next."""
    link = Link(redis_server.url, timeout=60)
    await link.exchange([("PING",)])
    redis_server.freeze()
    task = asyncio.create_task(link.exchange([("ECHO", "1")]))
    await asyncio.sleep(0)
    task.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 10
    redis_server.thaw()
    assert await link.exchange([("ECHO", "2")]) == [b"2"]
    link.close()


@pytest.mark.parametrize("connected", [True, False])
async def test_frozen_redis_is_away_in_time(redis_server: RedisServer, connected: bool) -> None:
    """A Redis that stands still is Away after the timeout, whether a connection was there or is made."""
    link = Link(redis_server.url, timeout=1.0)
    if connected:
        await link.exchange([("PING",)])
    redis_server.freeze()
    began = time.monotonic()
    with pytest.raises(Away):
        await link.exchange([("SET", "a", b"x" * 10_000_000)])
    assert time.monotonic() - began < 10
    link.close()


async def test_stopped_redis_is_away_and_back(redis_server: RedisServer) -> None:
    """What is under way is Away when the connection ends, and a refused one too; the next exchange connects again."""
    link = Link(redis_server.url, timeout=5)
    await link.connect()
    redis_server.freeze()
    failed: asyncio.Queue[Exception] = asyncio.Queue()
    link.ask([("PING",)], lambda _: None, failed.put_nowait)
    redis_server.kill()
    async with asyncio.timeout(30):
        assert isinstance(await failed.get(), Away)
    assert not link.connected
    with pytest.raises(Away):
        await link.connect()
    with pytest.raises(Away):
        link.ask([("PING",)], lambda _: None, failed.put_nowait)
    redis_server.start()
    assert await link.exchange([("PING",)]) == [b"PONG"]
    link.close()
    link.close()


async def test_loss_of_an_idle_connection_is_told_once(redis_url: str) -> None:
    """Who exchanges learns of it, as a Redis that was started anew knows nothing; then there is a new connection."""
    link = Link(redis_url, timeout=30)
    (name,) = await link.exchange([("CLIENT", "ID")])
    async with Redis.from_url(redis_url) as client, asyncio.timeout(30):
        await client.client_kill_filter(_id=str(name))
        while link.connected:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.001)
    with pytest.raises(Away):
        await link.exchange([("PING",)])
    assert await link.exchange([("PING",)]) == [b"PONG"]
    link.close()


async def test_exchanges_do_not_wait_for_each_other(redis_url: str) -> None:
    """What is asked while an answer is awaited gets its own, also when somebody before does not wait any more."""
    link = Link(redis_url, timeout=30)
    await link.connect()
    exchanges = [asyncio.create_task(link.exchange([("ECHO", each), ("ECHO", each)])) for each in "abc"]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    exchanges[0].cancel()
    assert await asyncio.gather(*exchanges[1:]) == [[b"b", b"b"], [b"c", b"c"]]
    assert link.connected
    link.close()


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"+PONG\r\n+PONG\r\n"])
async def test_what_is_no_redis_is_hung_up_on(said: bytes) -> None:
    """Who speaks otherwise is, and who answers what nobody has asked: the next answer would be a wrong one."""
    hung_up = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"PING\r\n")
        writer.write(said)
        with suppress(ConnectionError):
            await reader.read()
        hung_up.set()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        link = Link(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=30)
        await link.connect()
        link.ask([("PING",)], lambda _: None, lambda _: None)
        async with asyncio.timeout(20):
            await hung_up.wait()
        assert not link.connected


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, pytest.param(None, id="uvloop")])
def test_tls_passwords_and_databases_are_those_of_the_url(
    redis_server: RedisServer, tmp_path: Path, new_loop: Callable[[], asyncio.AbstractEventLoop] | None
) -> None:
    """What the client library connects to is spoken to: over TLS, after the password, in the database, on any loop."""
    if new_loop is None:
        new_loop = pytest.importorskip("uvloop").new_event_loop
    context = certified(tmp_path)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", redis_server.port)
        await asyncio.gather(pump(reader, outer), pump(inner, writer))

    async def speak() -> None:
        async with (
            Redis.from_url(redis_server.url) as client,
            await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context) as server,
        ):
            await client.config_set("requirepass", "sesame")
            port = server.sockets[0].getsockname()[1]
            link = Link(f"rediss://:sesame@127.0.0.1:{port}/3?ssl_ca_certs={tmp_path / 'tls.crt'}", timeout=30)
            large = b"x" * 1_000_000
            assert await link.exchange([("SET", "a", large), ("GET", "a")]) == [b"OK", large]
            await client.auth("sesame")
            assert (await client.info("keyspace"))["db3"]["keys"] == 1
            link.close()
            for wrong in (
                f"rediss://:other@127.0.0.1:{port}?ssl_ca_certs={tmp_path / 'tls.crt'}",
                f"rediss://127.0.0.1:{port}",
            ):
                with pytest.raises(Away):
                    await Link(wrong, timeout=30).connect()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(speak())


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry over what comes, until it ends."""
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


def certified(folder: Path) -> ssl.SSLContext:
    """Make a certificate for this machine, signed by itself, and give a server that shows it."""
    crt, key = folder / "tls.crt", folder / "tls.key"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*make.split(), "-keyout", str(key), "-out", str(crt)], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(crt, key)
    return context


@pytest.mark.parametrize(
    ("url", "database"),
    [("redis://h/7", 7), ("redis://h", 0), ("rediss://u:p@h:1/2", 2), ("unix:///s?db=3", 3), ("unix:///s", 0)],
)
def test_database_is_that_of_the_url(url: str, database: int) -> None:
    """The number is read from a URL of any kind; without one it is the first."""
    assert database_of(url) == database


def test_other_urls_are_refused() -> None:
    """A URL of another scheme is a ValueError at once."""
    with pytest.raises(ValueError, match="redis://"):
        Link("http://h", timeout=1)
