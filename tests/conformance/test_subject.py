"""The implementation under test."""

from pathlib import Path

import pytest
from doubles.bell import BUNDLE
from peers import OPEN, peer, silent
from samples import contract
from websockets.asyncio.server import ServerConnection

from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import Failure, Unreachable, UsageError
from palaver_conformance.subject import Subject, checked_urls
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command, Instance
from palaver_conformance.topology.topology import Topology


@pytest.mark.parametrize("url", ["", "localhost:4001", "ftp://x", "http://", "http://x:port", "http://x:99999"])
def test_bad_addresses_are_usage_errors(url: str) -> None:
    """An address that no client could use is refused with an example."""
    with pytest.raises(UsageError, match="like http"):
        checked_urls([url])


def test_good_addresses() -> None:
    """Hosts, ports, schemes and base paths are kept, a trailing slash is not."""
    assert checked_urls(["http://h:1/", "https://h/base"]) == ("http://h:1", "https://h/base")


def test_calls_go_where_they_are_answered() -> None:
    """The addresses that were given count, then those that were launched, then the documents' port beside a server."""
    known, urls = read_bundle(BUNDLE), ("http://h:1",)

    def addresses(subject: Subject) -> list[str]:
        return [each.address for each in subject.callers]

    instance = Instance(1, Command.parse("serve {port} {grpc_port}"), {}, Path())
    launched = Topology(known, Timing(), [instance])
    assert addresses(Subject(urls, known, topology=launched, grpc=("g:2",))) == ["g:2"]
    assert addresses(Subject(urls, known, topology=launched)) == [instance.call_address]
    assert addresses(Subject(urls, known)) == ["h:50009"]
    assert addresses(Subject(urls, contract())) == []


async def test_reaching_calls() -> None:
    """A server that greets, and answers no calls, is unreachable where its documents have calls."""

    async def greets(socket: ServerConnection) -> None:
        await socket.send(OPEN)
        await socket.wait_closed()

    async with peer(greets) as good:
        subject = Subject((good,), read_bundle(BUNDLE), grpc=("127.0.0.1:1",))
        try:
            with pytest.raises(Unreachable, match="nobody answers calls"):
                await subject.reach(0.5)
        finally:
            await subject.close()


async def test_reaching() -> None:
    """A server that greets is reached; one that talks otherwise fails; none, or a silent one, is unreachable."""

    async def greets(socket: ServerConnection) -> None:
        await socket.send(OPEN)
        await socket.wait_closed()

    async def mumbles(socket: ServerConnection) -> None:
        await socket.send("mumble")
        await socket.wait_closed()

    async with peer(greets) as good, peer(mumbles) as odd, silent() as mute:
        await _reach(good)
        with pytest.raises(Failure):
            await _reach(good, odd)
        with pytest.raises(Unreachable):
            await _reach(good, mute)
    with pytest.raises(Unreachable):
        await _reach("http://127.0.0.1:1")


async def _reach(*urls: str) -> None:
    subject = Subject(urls, contract())
    try:
        await subject.reach(0.5)
    finally:
        await subject.close()
