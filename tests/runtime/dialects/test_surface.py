"""Socket.IO over REST, with the gateway's pieces."""

import httpx
from doubles.gateway import token

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site
from palaver_runtime.dialects._http import Http
from palaver_runtime.dialects._surface import socketio_over_http
from palaver_runtime.dialects.gateway import gateway_sockets
from palaver_runtime.dialects.gateway.codec import error_body
from palaver_runtime.dialects.gateway.routes import GatewayRoutes
from palaver_runtime.transports.socketio import SocketLimits
from palaver_wire.gateway.errors import CATALOGUE
from palaver_wire.gateway.routes import bind_routes

SITE = Site(allowed_origins=("http://page",), max_body_bytes=64, sockets=SocketLimits(), shutdown_seconds=1)


async def test_connections_and_requests_have_their_paths(core: Core) -> None:
    """Socket.IO answers at its path and REST elsewhere, within the limits of the site; closing ends both."""
    sockets = gateway_sockets(core)
    surface = socketio_over_http(sockets, bind_routes(GatewayRoutes(core)), Http(core, CATALOGUE, error_body), SITE)
    transport = httpx.ASGITransport(surface.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        opened = await client.get("/socket.io/", params={"EIO": "4", "transport": "polling"})
        assert opened.text.startswith('0{"sid":')
        headers = {"authorization": f"Bearer {token('alice')}", "origin": "http://page"}
        known = await client.get("/users/me", headers=headers)
        assert (known.status_code, known.headers["access-control-allow-origin"]) == (200, "http://page")
        assert known.json()["id"] == "alice"
        large = {"type": "group", "participantIds": [], "name": "n" * 64}
        assert (await client.post("/conversations", headers=headers, json=large)).status_code == 413
    await surface.close()
