"""What is found out before any scenario."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from peers import OPEN, greet, peer, silent
from samples import bundle
from websockets.asyncio.server import ServerConnection

from palaver_conformance.contract.model import Contract
from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import Unreachable
from palaver_conformance.people.issuers import Issued, Listed
from palaver_conformance.running.smoke import smoke, still_there
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing

Say = Callable[[ServerConnection], Awaitable[None]]


def contract(**changes: object) -> Contract:
    """Return a contract without REST."""
    return read_bundle({**bundle(), "openapi": None, **changes})


def saying(*packets: str) -> Say:
    """Return a server that lets everybody in and then says this."""

    async def script(socket: ServerConnection) -> None:
        await greet(socket)
        for packet in packets:
            await socket.send(packet)
        await socket.wait_closed()

    return script


def refusing(packet: str) -> Say:
    """Return a server that answers a client who wants in with this."""

    async def script(socket: ServerConnection) -> None:
        await socket.send(OPEN)
        await socket.recv()
        await socket.send(packet)
        await socket.wait_closed()

    return script


async def told(url: str, known: Contract | None = None, factor: float = 0.2, **options: object) -> str:
    """Return what the smoke stage has to say of a server; empty when it has nothing."""
    options = options or {"secret": "the secret"}
    subject = Subject((url,), known or contract(), Timing(factor), **options)
    try:
        await smoke(subject)
    except Unreachable as error:
        return str(error)
    finally:
        await subject.close()
    return ""


async def test_right_server_passes() -> None:
    """A server that greets as the documents have it is worth judging."""
    async with peer(saying('42["hello",{"who":"x"}]')) as url:
        assert await told(url) == ""


async def test_nothing_listens() -> None:
    """A wrong address is told with what to do about it."""
    text = await told("http://127.0.0.1:1")
    assert "http://127.0.0.1:1 does not answer: no connection" in text
    assert "start the server, or correct the address" in text
    async with silent() as url:
        assert "does not answer: no Engine.IO open packet within 2 s" in await told(url)


async def test_nothing_listens_for_requests() -> None:
    """Where there are only requests, a wrong address is told too."""
    known = read_bundle({**bundle(), "asyncapi": None})
    assert "does not answer: no connection" in await told("http://127.0.0.1:1", known)
    async with silent() as url:
        assert "does not answer: no answer to GET / within 2 s" in await told(url, known)


async def test_no_chat_server() -> None:
    """Something else that listens there is told from nothing, with the path at which a chat server is looked for."""

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(page, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        text = await told(url)
        assert "is no such server" in text
        assert "HTTP 404" in text
        assert "/socket.io/" in text
        # Where there are only requests, it is the first of them that finds nothing.
        text = await told(url, read_bundle({**bundle(), "asyncapi": None}))
        assert "GET /door is answered with 404" in text


@pytest.mark.parametrize(
    "script",
    [
        saying('42["oops",{"oops":{"error":"UNAUTHORIZED"}}]'),
        refusing('44{"message":"jwt malformed"}'),
    ],
)
async def test_wrong_secret(script: Say) -> None:
    """Tokens that are refused at their first use are told, by where they come from, and not shown."""
    known = contract(errors={**bundle()["errors"], "UNAUTHORIZED": {"status": 401, "retryable": False}})
    async with peer(script) as url:
        text = await told(url, known, secret="the secret")
        assert "refuses tokens signed with the secret" in text
        assert "the secret that" not in text
        text = await told(url, known, issuer=Listed([Issued("a", "opaque-token")]))
        assert "refuses tokens of the subject file" in text
        assert "opaque-token" not in text


@pytest.mark.parametrize(
    ("script", "evidence"),
    [
        (saying('42["welcome",{}]', '42["news",{}]'), "it begins with the event welcome, news"),
        (refusing('44{"message":"Invalid namespace"}'), "Invalid namespace"),
    ],
)
async def test_wrong_document(script: Say, evidence: str) -> None:
    """A server that begins with something that the documents do not have is one of other documents."""
    async with peer(script) as url:
        text = await told(url)
    assert "does not speak by these documents (toy)" in text
    assert evidence in text


@pytest.mark.parametrize("packets", [('42["hello",{}]',), (), ('42["oops",{"oops":{"error":"FORBIDDEN"}}]',)])
async def test_what_is_wrong_with_the_server_is_left_to_the_scenarios(packets: tuple[str, ...]) -> None:
    """A broken greeting, none at all and a refusal for another reason are no mistakes of the tester."""
    async with peer(saying(*packets)) as url:
        assert await told(url, factor=0.1) == ""


async def test_users_are_given_back() -> None:
    """Whoever was lent to look is free again."""
    issuer = Listed([Issued("a", "t")])
    async with peer(saying('42["hello",{"who":"a"}]')) as url:
        assert await told(url, issuer=issuer) == ""
    assert (await issuer.issue("x", admin=False)).user == "a"


async def test_server_that_is_still_there() -> None:
    """A server that answers is there, and one that says something odd too; one that does not is gone."""
    for script in (saying(), refusing("44")):
        async with peer(script) as url:
            subject = Subject((url,), contract(), Timing(0.2))
            await still_there(subject)
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1.*no connection"):
        await still_there(subject)


async def test_server_that_comes_back_is_waited_for() -> None:
    """A server that somebody starts again is not gone for good."""
    async with peer(saying()) as url:
        pass
    subject = Subject((url,), contract(), Timing(2.0))
    waiting = asyncio.create_task(still_there(subject))
    host, _, port = url.removeprefix("http://").partition(":")
    await asyncio.sleep(0)
    server = await asyncio.start_server(lambda _, writer: writer.close(), host, int(port))
    async with server:
        await waiting
