"""What a listener asks of a connection before any application sees it."""

import asyncio
import contextlib

import pytest
from doubles.listening import PATIENCE, UPGRADE, become, served

from palaver_runtime.fairness import Fairness
from palaver_runtime.transports.headers import SECURITY_HEADERS


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_who_takes_too_long_to_ask_is_cut_off(begun: bytes) -> None:
    """Neither who says nothing, nor whose headers or body do not end, is waited for without end."""
    async with served(request_seconds=0.05) as server, server.client() as client:
        client.writer.write(begun)
        assert await client.ended() == b""
        assert server.met == ["handshake_seconds"]


async def test_who_has_asked_is_not_hurried() -> None:
    """The time is that of one request, and begins anew with the next."""
    async with served(request_seconds=0.5) as server, server.client() as client:
        for _ in range(3):
            client.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            async with asyncio.timeout(PATIENCE):
                assert (await client.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            await client.reader.readuntil(b"0\r\n\r\n")
            await asyncio.sleep(0.2)
        assert server.met == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 300 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 50 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 300,
        UPGRADE + b"X: " + b"y" * 300 + b"\r\n\r\n",
    ],
)
async def test_long_headers_are_refused(head: bytes) -> None:
    """Whether they end or not, with 431."""
    async with served(max_header_bytes=256) as server, server.client() as client:
        client.writer.write(head)
        assert (await client.ended()).startswith(b"HTTP/1.1 431 ")
        assert server.met == ["header_bytes"]
        async with server.client() as other:
            other.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            async with asyncio.timeout(PATIENCE):
                assert (await other.reader.readline()).startswith(b"HTTP/1.1 200")


async def test_headers_of_one_path_stand_for_those_of_all() -> None:
    """Where a path has a header of its own the usual one of that name is not sent; the others are."""
    policy = "content-security-policy"
    async with served({"/": {policy: "script-src 'self'"}}) as server, server.client() as client:
        for target, own in (("/", True), ("/?x=/", True), ("/other", False), ("//", False), ("/", True)):
            client.writer.write(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            async with asyncio.timeout(PATIENCE):
                head = (await client.reader.readuntil(b"\r\n\r\n")).decode()
                await client.reader.readuntil(b"0\r\n\r\n")
            policies = [line.partition(": ")[2] for line in head.splitlines() if line.startswith(policy)]
            assert policies == ["script-src 'self'" if own else SECURITY_HEADERS[policy]], target
            assert "x-content-type-options: nosniff" in head
            assert "date: " in head


async def test_compression_is_not_accepted() -> None:
    """An offer of permessage-deflate is not taken up."""
    async with served() as server, server.client() as client:
        answer = await client.upgrade(b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert b"sec-websocket-extensions" not in answer.lower()


async def test_connections_of_an_address_are_bounded() -> None:
    """One too many is cut off at once; it does not matter of which kind they are, and one that ends makes room."""
    async with served(max_address_connections=2) as server:
        async with server.client() as one, server.client() as two:
            await one.upgrade()
            two.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            async with asyncio.timeout(PATIENCE):
                await two.reader.readuntil(b"\r\n\r\n")
            async with server.client() as three:
                assert await three.ended() == b""
        assert server.met == ["connections_address"]
        async with asyncio.timeout(PATIENCE):
            while True:
                async with server.client() as again:
                    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                        await again.upgrade()
                        break


async def test_who_does_not_read_the_answer_is_cut_off() -> None:
    """What waits for a client waits for some time."""
    async with served(write_seconds=0.05) as server, server.client() as client:
        server.app.large = b"x" * 30_000_000
        client.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await become(lambda: server.met)
        assert server.met == ["outbound_bytes"]
        assert len(await client.ended()) < 30_000_000


async def test_who_goes_on_sending_after_the_answer_is_not_read_for_long() -> None:
    """So much as a client sends that has not read its answer yet; of whom sends more nothing is read, until the end."""
    async with served(max_unwanted_bytes=10_000) as server, server.client() as client:
        server.app.waits = False
        client.writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 1_000)
        async with asyncio.timeout(PATIENCE):
            assert (await client.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        client.writer.write(b"x" * 9_000)
        await client.reader.readuntil(b"0\r\n\r\n")
        assert server.met == []
        client.writer.write(b"x" * 5_000_000)
        assert await client.ended() == b""
        assert server.met == ["body_bytes"]


async def test_a_connection_is_read_when_it_is_the_turn_of_its_address() -> None:
    """What is read of it counts for the address; an address that had its share waits while others want some."""
    fairness = Fairness(0.1)
    async with served(fairness=fairness) as server, server.client() as client:
        account = fairness.account("127.0.0.1")
        fairness.wants(fairness.account("192.0.2.1"))
        client.writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")
        for _ in range(20):
            client.writer.write(b"x" * 100_000)
        waited = False
        async with asyncio.timeout(PATIENCE):
            answer = asyncio.create_task(client.reader.readuntil(b"\r\n\r\n"))
            account.charge(0.01)
            while not answer.done():
                fairness.wants(fairness.account("192.0.2.1"))
                waited = waited or account.waiting > 0
                await asyncio.sleep(0)
        assert answer.result().startswith(b"HTTP/1.1 200")
        assert waited
        assert server.met == []
