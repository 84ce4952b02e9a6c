"""Who may open a session, and what the dialect learns of it."""

import contextlib
import logging

import httpx
import pytest
import websockets


async def test_handshake_carries_every_token_place(serve_here):
    """The dialect sees the auth object, the query and the headers by lower-case name, and repr hides them."""
    headers = {"Authorization": "Bearer h"}
    async with serve_here() as served, served.raw("&token=q", additional_headers=headers) as client:
        await client.connect('40{"token":"a"}')
        await client.send('421["x"]')
        await client.next()
    (handshake,) = served.dialect.handshakes
    assert (handshake.auth, handshake.query["token"]) == ({"token": "a"}, "q")
    assert handshake.headers["authorization"] == "Bearer h"
    assert (handshake.namespace, handshake.address) == ("/", "127.0.0.1")
    assert "Bearer" not in repr(handshake)


@pytest.mark.parametrize(
    ("allowed", "origin", "status"),
    [
        (["https://a.example"], "https://a.example", 200),
        (["https://a.example"], "https://a.example.evil", 400),
        (["https://a.example"], "http://a.example", 400),
        (["https://a.example"], None, 200),
        ([], "https://a.example", 400),
        ([], None, 200),
        (["*"], "https://b.example", 200),
    ],
)
async def test_origins_are_compared_exactly(serve_here, allowed, origin, status):
    """Only a listed origin may open a session, by polling as by websocket; no Origin header is fine."""
    headers = {"Origin": origin} if origin else {}
    async with serve_here(allowed_origins=allowed, drain_timeout=0.05) as served:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{served.url}/socket.io/?EIO=4&transport=polling", headers=headers)
            assert answer.status_code == status
            shown = answer.headers.get("access-control-allow-origin")
            assert shown == ("*" if "*" in allowed else origin if status == 200 else None)
            if "*" in allowed:
                assert "access-control-allow-credentials" not in answer.headers
        if status == 200:
            async with served.raw(additional_headers=headers) as raw:
                assert (await raw.connect()).startswith("40{")
        else:
            with pytest.raises(websockets.InvalidStatus, match="403"):
                async with served.raw(additional_headers=headers):
                    pass


@pytest.mark.parametrize("query", ["&j=1", "&j=", "&sid=", "&sid=nobodys", "&transport=polling", "&EIO=4"])
async def test_whoever_asks_for_more_is_answered_by_the_library(serve_here, translated, query):
    """It knows what else a query can say, and refuses what it must not."""
    async with serve_here() as served:
        with contextlib.suppress(websockets.InvalidStatus):
            async with served.raw(query):
                pass
        assert translated == ["websocket"]
        async with served.raw():
            pass
    assert translated == ["websocket"]


async def test_nothing_secret_is_logged(serve_here, caplog):
    """Neither a token nor a payload reaches the log, at any level of ours."""
    caplog.set_level(logging.DEBUG, "palaver_runtime")
    async with serve_here() as served, served.raw("&token=SECRET") as raw:
        await raw.connect('40{"token":"SECRET"}')
        await raw.send('421["x",{"content":"SECRET"}]')
        await raw.next()
        await raw.send('42["x","SECRET"')
        await raw.rest()
    async with httpx.AsyncClient() as client, serve_here() as served:
        await client.get(f"{served.url}/socket.io/?EIO=4&transport=polling&sid=SECRET")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("palaver", "uvicorn"))]
    assert ours
    assert not [message for message in ours if "SECRET" in message]
