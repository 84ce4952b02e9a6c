"""Connections that have just been let in."""

import asyncio
from typing import Any

import pytest
from doubles.listening import UPGRADE, Application

from palaver_runtime.fairness import Account, Fairness
from palaver_runtime.transports.census import Census, ListenerLimits
from palaver_runtime.transports.channel import Channel, Shared
from palaver_runtime.transports.door import Proxies
from palaver_runtime.transports.threshold import House, Threshold
from palaver_runtime.transports.timers import Timer, Timers

WHOLE = UPGRADE + b"\r\n"


class State:
    """What uvicorn keeps of a server."""

    def __init__(self) -> None:
        self.connections: set[object] = set()
        self.tasks: set[object] = set()
        self.default_headers: list[tuple[bytes, bytes]] = []


class Wire(asyncio.Transport):
    """Notes what becomes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol: object = None
        self.ended: list[str] = []

    def set_protocol(self, protocol: object) -> None:
        """Be somebody else's."""
        self.protocol = protocol

    def abort(self) -> None:
        """End at once."""
        self.ended.append("abort")

    def close(self) -> None:
        """End."""
        self.ended.append("close")

    def is_closing(self) -> bool:
        """Tell whether it has ended."""
        return bool(self.ended)

    def pause_reading(self) -> None:
        """Take no note."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Know nothing."""
        return default


class Http:
    """Uvicorn's part."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def take_over(self, transport: object, counted: str, request_timer: Timer) -> None:
        """Take note."""
        self.heard += [transport, counted, request_timer]

    def data_received(self, data: bytes) -> None:
        """Take note."""
        self.heard.append(data)


class Entering:
    """A connection that is let in."""

    def __init__(self, *, seconds: float = 60.0, **limits: Any) -> None:
        self.met: list[str] = []
        self.limits = ListenerLimits(refused=self.met.append, **limits)
        self.census, self.state, self.http, self.wire = Census(self.limits), State(), Http(), Wire()
        state: Any = self.state
        self.house = House(
            limits=self.limits,
            census=self.census,
            shared=Shared(self.limits, self.census),
            requests=Timers(seconds),
            state=state,
            app=Application(),
            app_state={},
            root_path="",
            asgi_version="3.0",
            max_message_bytes=1_000,
            http=lambda: self.http,
        )
        self.threshold = Threshold(self.house, ("192.0.2.1", 9))
        self.threshold.connection_made(self.wire)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /websocket HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n\r\n\r\n",
        WHOLE[:-1],
        WHOLE + b"\x81\x80\0\0\0\0",
        WHOLE + WHOLE,
        WHOLE.replace(b"Upgrade: websocket", b"Upgrade: h2c, websocket"),
        WHOLE.replace(b"Connection: Upgrade", b"Connection: close"),
        WHOLE.replace(b"Host: a", b"Host : a"),
        WHOLE.replace(b"Host: a", b"X: " + b"y" * 20_000),
        b"nonsense, as websocket\r\n\r\n",
    ],
)
async def test_all_but_a_whole_request_for_a_websocket_is_for_uvicorn(data: bytes) -> None:
    """It gets what was read, and the connection as it was: counted, and with the time that is left to it."""
    one = Entering()
    timer = one.threshold._timer
    assert one.state.connections == {one.threshold}
    one.threshold.data_received(data)
    assert one.http.heard == [one.wire, "192.0.2.1", timer, data]
    assert one.wire.protocol is one.http
    assert timer is not None
    assert timer.call is not None
    assert one.census._all == 1
    assert one.state.connections == set()


async def test_whole_request_for_a_websocket_becomes_one() -> None:
    """It is counted until it ends, and not for how long its request took."""
    one = Entering()
    one.threshold.data_received(WHOLE)
    channel = one.wire.protocol
    assert isinstance(channel, Channel)
    assert one.http.heard == []
    assert one.state.connections == {channel}
    assert one.house.requests.kept == 0
    assert one.census._all == 1
    channel.connection_lost(None)
    assert one.census._all == 0


async def test_who_goes_without_a_word_is_not_counted() -> None:
    """Nor waited for."""
    one = Entering()
    one.threshold.connection_lost(None)
    assert (one.census._all, one.house.requests.kept, one.state.connections) == (0, 0, set())
    one.threshold.data_received(WHOLE)
    one.threshold.shutdown()
    assert (one.wire.protocol, one.wire.ended) == (None, [])


async def test_who_says_nothing_is_cut_off() -> None:
    """After its time."""
    one = Entering(seconds=0.001)
    async with asyncio.timeout(10):
        while not one.wire.ended:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    assert (one.wire.ended, one.met) == (["abort"], ["handshake_seconds"])


async def test_one_too_many_is_cut_off() -> None:
    """What it has sent is not read."""
    first = Entering(max_address_connections=1)
    wire = Wire()
    second = Threshold(first.house, ("192.0.2.1", 10))
    second.connection_made(wire)
    second.data_received(WHOLE)
    second.connection_lost(None)
    assert (wire.ended, wire.protocol, first.met) == (["abort"], None, ["connections_address"])
    assert first.census._all == 1
    assert first.house.requests.kept == 1


async def test_server_that_stops_ends_it() -> None:
    """Nothing has been asked, so that there is nothing to say."""
    one = Entering()
    one.threshold.eof_received()
    one.threshold.pause_writing()
    one.threshold.resume_writing()
    one.threshold.shutdown()
    assert one.wire.ended == ["close"]


@pytest.mark.parametrize("proxy", [False, True])
async def test_it_is_charged_to_its_address(monkeypatch: pytest.MonkeyPatch, proxy: bool) -> None:
    """Coming in and being read; what a proxy brings is charged by the door to whom it brings."""
    charged: list[float] = []
    monkeypatch.setattr(Account, "charge", lambda self, seconds: charged.append(seconds))
    one = Entering(fairness=Fairness(0.5), proxies=Proxies(["192.0.2.0/24"] if proxy else []))
    assert len(charged) == (0 if proxy else 1)
    one.threshold.data_received(WHOLE)
    assert len(charged) == (0 if proxy else 2)
