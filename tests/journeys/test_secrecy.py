"""A server writes down no secret, however much it is told to write."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Mapping
from urllib.parse import quote

import httpx
import websockets
from doubles.gateway import SECRET, token
from servers.palaver import Server, serving

ENVIRONMENT = {"PALAVER_LOG_LEVEL": "debug", "PALAVER_JWT_SECRET": SECRET}


class Planted:
    """Secrets that a test has given to a server, by what they are."""

    def __init__(self) -> None:
        self.all: dict[str, str] = {"the secret of the tokens": SECRET}

    def bad(self, what: str) -> str:
        """Make up a token that is refused."""
        made = ".".join(secrets.token_urlsafe(24) for _ in range(3))
        self.all[what] = made
        return made

    def good(self, what: str) -> str:
        """Make a token that is good."""
        made = token(f"user-{secrets.token_hex(4)}")
        self.all[what] = made
        return made

    def text(self, what: str) -> str:
        """Make up a text that is nobody else's business."""
        made = secrets.token_urlsafe(24)
        self.all[what] = made
        return made

    def found(self, output: str) -> list[str]:
        """Say which of them can be read: whole, quoted, or the part of a token that is its own."""
        return [
            what
            for what, secret in self.all.items()
            if any(each in output for each in {secret, quote(secret), secret.rpartition(".")[2]})
        ]


async def _socketio(server: Server, query: str, auth: Mapping[str, str], headers: Mapping[str, str]) -> None:
    """Connect to a namespace, and wait until the server has answered."""
    url = f"{server.url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket{query}"
    async with websockets.connect(url, additional_headers=dict(headers), proxy=None) as client:
        # Who is refused is disconnected while it talks; the others are by what is no packet.
        with contextlib.suppress(websockets.ConnectionClosed):
            await client.recv()
            await client.send(f"40{json.dumps(auth)}")
            secret = auth.get("token", "")
            await client.send(f"42{json.dumps(['message:send', {'content': secret, 'odd': 1}])}")
            await client.send(f"42{json.dumps([secret, 7])}")
            await client.send(f"4{json.dumps(auth)}")
            async with asyncio.timeout(30):
                while True:
                    await client.recv()


async def _everywhere(server: Server, planted: Planted) -> None:
    """Bring good and bad tokens to every place where a client can put one."""
    for what, make in (("good", planted.good), ("bad", planted.bad)):
        await _socketio(server, "", {"token": make(f"{what} in auth")}, {})
        await _socketio(server, f"&token={make(f'{what} in the query')}", {}, {})
        await _socketio(server, "", {}, {"Authorization": f"Bearer {make(f'{what} in the header')}"})
        await _socketio(server, "", {}, {"Cookie": f"token={make(f'{what} in a cookie')}"})
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as client:
        for what, make in (("good", planted.good), ("bad", planted.bad)):
            await client.get("/users/me", headers={"Authorization": f"Bearer {make(f'{what} in a request')}"})
            await client.get(f"/users/me?token={make(f'{what} in the query of a request')}")
            await client.get(f"/{make(f'{what} in a path')}", headers={"X-Token": make(f"{what} in a strange header")})
            await client.get("/users/me", headers={"Cookie": f"session={make(f'{what} in a cookie of a request')}"})
            await client.get(f"/socket.io/?EIO=4&transport=polling&token={make(f'{what} in the query of a poll')}")
            await client.get(f"/socket.io/?EIO=4&transport=polling&sid={make(f'{what} as a sid')}")
            await client.get(f"/socket.io/?EIO=3&transport={make(f'{what} as a transport')}")
            await client.post("/auth/refresh", json={"refreshToken": make(f"{what} in a body")})
            await client.post("/auth/login", content=b'{"username": "' + make(f"{what} in a broken body").encode())
        password = planted.text("a password")
        name = f"ann-{secrets.token_hex(4)}"
        registered = await client.post("/auth/register", json={"username": name, "password": password})
        assert registered.status_code == 201
        for each in ("accessToken", "refreshToken"):
            planted.all[f"{each} that was issued"] = registered.json()[each]
        refreshed = await client.post("/auth/refresh", json={"refreshToken": registered.json()["refreshToken"]})
        assert refreshed.status_code == 200
        planted.all["a second refresh token"] = refreshed.json()["refreshToken"]
        for given in (password, planted.text("a wrong password")):
            await client.post("/auth/login", json={"username": name, "password": given})
        headers = {"Authorization": f"Bearer {refreshed.json()['accessToken']}"}
        made = await client.post(
            "/conversations",
            json={"type": "group", "participantIds": [], "name": planted.text("the name of a conversation")},
            headers=headers,
        )
        assert made.status_code == 201, made.text
        content = planted.text("what was said")
        place = f"/conversations/{made.json()['id']}/messages"
        sent = await client.post(place, json={"content": content}, headers=headers)
        assert sent.status_code == 201, sent.text
        metrics = (await client.get("/metrics")).text
        assert planted.found(metrics) == []


async def test_no_secret_is_written_down() -> None:
    """At the level `debug` no token, password or content can be read in the output, wherever it was put."""
    planted = Planted()
    async with serving("--dialect", "gateway", env=ENVIRONMENT) as server:
        await _everywhere(server, planted)
    assert "DEBUG" in server.output
    assert planted.found(server.output) == []


async def test_no_secret_of_a_bare_websocket_is_written_down() -> None:
    """The same holds for tokens in the address of a bare websocket, whose upgrade is allowed or refused."""
    planted = Planted()
    async with serving("--dialect", "envelope", env=ENVIRONMENT) as server:
        url = server.url.replace("http", "ws", 1)
        for what, make in (("good", planted.good), ("bad", planted.bad)):
            for origin, path in ((None, "/ws"), ("https://evil.example", "/ws"), (None, "/elsewhere")):
                address = f"{url}{path}?token={make(f'{what} at {path} from {origin}')}"
                try:
                    async with websockets.connect(address, origin=origin, proxy=None) as client:
                        await client.send(make(f"{what} in a frame"))
                        await client.recv()
                except (websockets.InvalidStatus, websockets.ConnectionClosed):
                    continue
    assert planted.found(server.output) == []
