"""A client, put together."""

import asyncio

import httpx
import pytest
from client.peers import Peer

import palaver_client
from palaver_client import NotConnected, Options, open_client
from palaver_wire.gateway import client as gateway
from palaver_wire.gateway import models

READY = {"userId": "alice", "socketId": "s", "rooms": 0, "timestamp": "2026-11-20T09:30:00.000Z"}


async def test_client_asks_hears_and_closes(peer: Peer) -> None:
    """Over its requests, its connection and its streams."""

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"conversations": []})

    async with open_client(gateway.Client, "http://server.test", token="t", options=Options(timeout=5.0)) as client:
        await client._link._requests._http.aclose()  # type: ignore[attr-defined]
        client._link._requests._http = httpx.AsyncClient(  # type: ignore[attr-defined]
            base_url="http://server.test", transport=httpx.MockTransport(handler)
        )
        assert (await client.list_conversations()).conversations == []
        everything, some = client.events(), client.only(gateway.ConnectedEvent)
        called: list[gateway.ConnectedEvent] = []
        client.on(gateway.ConnectedEvent, called.append)
        connecting = asyncio.ensure_future(client.connect())
        (await peer.connection_number(1)).say("connected", READY)
        await connecting
        await client.connect()
        assert len(peer.connections) == 1
        assert (await anext(everything), (await anext(some)).payload.user_id) == (called[0], "alice")
        peer.answer = lambda event, value: {"event": "pong", "timestamp": 1}
        assert (await client.ping(models.Ping())).timestamp == 1
    assert peer.connections[0].closed
    with pytest.raises(NotConnected):
        await client.ping(models.Ping())


def test_all_that_is_promised_is_there() -> None:
    """The names of the package are sorted and exist."""
    assert palaver_client.__all__ == sorted(palaver_client.__all__)
    assert all(hasattr(palaver_client, name) for name in palaver_client.__all__)
