"""How sessions begin, with the library and without it."""

import json

import pytest
import websockets

from palaver_runtime.transports.door import Door
from palaver_runtime.transports.socketio import engine


async def test_websocket_of_our_listener_opens_a_session_without_the_library(serve, translated, request):
    """What the library would make of a request nobody needs there; on a server of others it is what answers."""
    async with serve() as served, served.raw(read_open=False) as raw:
        opened = json.loads(str(await raw.next())[1:])
        assert (await raw.connect()).startswith("40{")
        async with served.polling():
            pass
    assert translated == [*(["websocket"] if "plain" in request.node.name else []), "http", "http"]
    assert opened.pop("sid")
    limits = served.transport._limits
    assert opened == {
        "upgrades": [],
        "pingTimeout": limits.ping_timeout * 1000,
        "pingInterval": limits.ping_interval * 1000,
        "maxPayload": limits.max_frame_bytes,
    }


async def test_plain_opening_is_not_asked_for_by_asgi(serve_here, monkeypatch):
    """It is opened at once, with a place, where the door lets it in; ASGI has what says more, or has to wait."""
    asked, places = [], []
    ask = engine.EngineServer.handle_request

    async def noted(self, scope, *rest):
        asked.append(scope["query_string"])
        return await ask(self, scope, *rest)

    class Place:
        def joined(self) -> None:
            places.append("joined")

        def leave(self) -> None:
            places.append("left")

    monkeypatch.setattr(engine.EngineServer, "handle_request", noted)
    async with serve_here() as served:
        served.transport._engine.sessions.door = Door(seat=lambda _: Place())
        async with served.raw() as raw:
            assert (await raw.connect()).startswith("40{")
            assert (asked, places) == ([], ["joined"])
        await served.emptied()
        assert places == ["joined", "left"]
        async with served.raw("&token=q"):
            assert len(asked) == 1
        served.transport._engine.sessions.door = Door(at_once=lambda _: False)
        async with served.raw() as raw:
            assert (await raw.connect()).startswith("40{")
            assert len(asked) == 2
        served.transport._engine.sessions.refusing = True
        with pytest.raises(websockets.InvalidStatus):
            async with served.raw():
                pass
        assert len(asked) == 3
