"""Websockets that are opened in the turn in which they are asked for."""

from typing import Any

import pytest
from doubles.listening import Application, Client, frame
from starlette.types import Receive, Scope, Send

from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.entrance import Entered, entrance, with_entrance
from palaver_runtime.transports.listener import bind, serving
from palaver_runtime.transports.request import Request
from palaver_runtime.transports.rfc6455.handshake import accept_key


class Echo:
    """Receives from a channel."""

    def __init__(self) -> None:
        self.heard: list[str | bytes] = []
        self.ended: list[int] = []

    def attached(self, channel: Channel) -> None:
        """Take no note."""

    def message(self, data: str | bytes) -> None:
        """Take note."""
        self.heard.append(data)

    def lost(self, code: int, reason: str) -> None:
        """Take note."""
        self.ended.append(code)


class Host:
    """Opens what is asked for at one place, and leaves the rest to an application."""

    def __init__(self) -> None:
        self.app = Application()
        self.echo = Echo()
        self.asked: list[bytes] = []

    def enter(self, channel: Channel, request: Request) -> bool:
        """Come in."""
        self.asked.append(request.target)
        if request.target != b"/":
            return False
        channel.accept(accept_key(request.method, request.version, request.headers), ())
        channel.attach(self.echo)
        return True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        await self.app(scope, receive, send)


def test_only_who_has_an_entrance_is_given_one() -> None:
    """What is put around an application keeps it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        """Serve nothing."""

    assert entrance(app) is None
    assert with_entrance(app, None) is app
    host = Host()
    found = with_entrance(app, entrance(host))
    assert isinstance(found, Entered)
    assert entrance(found) == host.enter


async def test_other_requests_are_for_the_application() -> None:
    """They are handed on."""
    given: list[Any] = []

    async def app(*all_: Any) -> None:
        given.extend(all_)

    asked: Any = ({"type": "http"}, object(), object())
    await Entered(app, Host().enter)(*asked)
    assert given == list(asked)


@pytest.mark.parametrize("whole", [True, False])
async def test_a_websocket_comes_in_by_the_entrance(whole: bool) -> None:
    """However its request comes; the application hears nothing of it, and what the entrance leaves it serves."""
    host = Host()
    listeners = bind([(host, "127.0.0.1", 0)])
    async with serving(listeners), Client.connected(listeners[0].port) as client:
        assert (await client.upgrade(whole=whole)).startswith(b"HTTP/1.1 101 ")
        client.writer.write(frame(0x81, b"hello") + frame(0x88, b""))
        await client.ended()
        assert (host.asked, host.echo.heard, host.echo.ended) == ([b"/"], ["hello"], [1005])
        async with Client.connected(listeners[0].port) as other:
            assert (await other.upgrade(target=b"/elsewhere", whole=whole)).startswith(b"HTTP/1.1 101 ")
            other.writer.write(frame(0x81, b"hello"))
            assert await other.reader.readexactly(3) == b"\x81\x011"
        assert host.asked == [b"/", b"/elsewhere"]
