"""What a package outside Palaver is given to make a dialect of."""

import ast
from pathlib import Path

import httpx
from pydantic import SecretStr

from palaver_runtime import kit
from palaver_runtime.app import running_core
from palaver_runtime.core import Core
from palaver_runtime.dialects import Site
from palaver_runtime.dialects.gateway import codec
from palaver_runtime.dialects.gateway.events import GatewayEvents
from palaver_runtime.dialects.gateway.routes import GatewayRoutes
from palaver_runtime.dialects.gateway.voice import GatewayVoice
from palaver_runtime.settings import Settings
from palaver_runtime.transports.socketio import SocketLimits
from palaver_wire.gateway import errors, routes, table

ROOT = Path(__file__).parents[2]
SITE = Site(allowed_origins=(), max_body_bytes=4_096, sockets=SocketLimits(), shutdown_seconds=1)


def test_everything_promised_is_there() -> None:
    """`__all__` is sorted, and each of its names is something."""
    assert kit.__all__ == sorted(kit.__all__)
    assert all(getattr(kit, name) is not None for name in kit.__all__)


def test_the_example_and_the_start_need_no_more() -> None:
    """Of the runtime they import the kit alone, and nothing from it that is not promised."""
    files = [*(ROOT / "examples/desk/desk").glob("*.py"), *(ROOT / "codegen/palaver_codegen/starts").rglob("*.py.j2")]
    assert len(files) > 10
    for file in files:
        text = file.read_text().replace("{{ wire }}", "wire").replace("{{ name }}", "name").replace("{{ title }}", "T")
        for node in ast.walk(ast.parse(text.replace("{{ port }}", "1"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("palaver"):
                assert node.module == "palaver_runtime.kit", file
                assert {each.name for each in node.names} <= set(kit.__all__), file


async def test_a_dialect_with_and_without_rest(tmp_path: Path) -> None:
    """With `http` requests are answered, without it there is Socket.IO alone."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/palaver.db", jwt_secret=SecretStr("s" * 32))
    async with running_core(settings) as (core, _):
        await _both(core)


async def _both(core: Core) -> None:
    events = table.bind_events(GatewayEvents(core))
    http = kit.Http(core, errors.CATALOGUE, codec.error_body)
    bound = routes.bind_routes(GatewayRoutes(core))
    for surface, status in (
        (kit.socketio(core, SITE, dialect="own", voice=GatewayVoice(), events=events, routes=bound, http=http), 401),
        (kit.socketio(core, SITE, dialect="own", voice=GatewayVoice(), events=events), 404),
    ):
        transport = httpx.ASGITransport(surface.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            opened = await client.get("/socket.io/", params={"EIO": "4", "transport": "polling"})
            assert opened.text.startswith('0{"sid":')
            assert (await client.get("/users/me")).status_code == status
        await surface.close()
