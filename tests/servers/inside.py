"""Dialects in the process of the test: they are there in a moment, with settings of their own."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from palaver_runtime import dialects
from palaver_runtime.app import running_dialects
from palaver_runtime.places import under
from palaver_runtime.rpc import rpc_servers
from palaver_runtime.settings import Settings
from palaver_runtime.transports.listener import bind, serving

SECRET = "the secret of these tests, which is long enough"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Inside:
    """Where a dialect is served, and where it is called, if it can be."""

    url: str
    grpc: tuple[str, ...]


@asynccontextmanager
async def inside(*names: str, **given: Any) -> AsyncIterator[Mapping[str, Inside]]:
    """Serve dialects on a free port, on a database of their own unless one is given, and say where each is."""
    with tempfile.TemporaryDirectory(prefix="palaver-inside-") as folder:
        usual = {"database_url": f"sqlite:///{folder}/palaver.db", "jwt_secret": SECRET, "shutdown_seconds": 1.0}
        settings = Settings(**{**usual, **given})
        chosen = {name: dialects.load(name) for name in names}
        async with (
            running_dialects(settings, chosen) as (surfaces, operations),
            rpc_servers(surfaces, HOST, 0 if _called(surfaces) else None, settings.shutdown_seconds) as rpc,
        ):
            app = under({f"/{name}": surface.app for name, surface in surfaces.items()}, operations.public)
            listening = next(iter(surfaces.values())).listening
            listeners = bind([(app, HOST, 0)], max_frame_bytes=settings.max_frame_bytes, limits=listening)
            await rpc.start()
            async with serving(listeners):
                yield {
                    name: Inside(
                        f"http://{HOST}:{listeners[0].port}/{name}",
                        (f"{HOST}:{rpc.ports[name]}",) if name in rpc.ports else (),
                    )
                    for name in names
                }
                for surface in surfaces.values():
                    await surface.close()


def _called(surfaces: Mapping[str, dialects.Surface]) -> bool:
    return any(surface.calls is not None for surface in surfaces.values())
