"""What operators ask."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from palaver_runtime.adapters.memory import MemoryBus
from palaver_runtime.backbone import Figures, LoneBackbone
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.domain.errors import Unavailable
from palaver_runtime.operations import Operations


class Store:
    """A store that answers, or is away."""

    away = False

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["Store"]:
        """Open a transaction."""
        if self.away:
            raise Unavailable("no such host")
        yield self

    async def revisions(self, conversation_ids: Sequence[str]) -> dict[str, int]:
        """Give nothing."""
        assert conversation_ids
        return {}


class Backbone(LoneBackbone):
    """A backbone whose state the test sets."""

    healthy = True
    figures = Figures(sent=3, dropped=1, received=2, reconnects=4)


@pytest.fixture
def store() -> Store:
    """Give a store that answers."""
    return Store()


@pytest.fixture
def spine() -> Backbone:
    """Give a backbone that is well."""
    return Backbone()


@pytest.fixture
async def client(store: Store, spine: Backbone) -> AsyncIterator[httpx.AsyncClient]:
    """Ask an application that has nothing but the operators' routes."""
    operations = Operations(store, spine, Hub(MemoryBus(), store))  # type: ignore[arg-type]  # a store of one question
    transport = httpx.ASGITransport(Starlette(routes=operations.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        yield client


async def test_alive_is_alive_whatever_else(client: httpx.AsyncClient, store: Store, spine: Backbone) -> None:
    """The process is alive without a database and without other instances."""
    store.away, spine.healthy = True, False
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready_tells_what_is_away(client: httpx.AsyncClient, store: Store, spine: Backbone) -> None:
    """Without the others a server is degraded and serves on; without its database it does not."""
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    spine.healthy = False
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "degraded", "database": "ok", "backbone": "away"},
    )
    store.away = True
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert "no such host" not in answer.text


async def test_figures_are_given_for_prometheus(client: httpx.AsyncClient, spine: Backbone) -> None:
    """Connections, and what went between instances, stand in the text format, each with what it means."""
    spine.healthy = False
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = answer.text.splitlines()
    assert "palaver_connections 0.0" in lines
    assert "palaver_backbone_healthy 0.0" in lines
    assert "# TYPE palaver_backbone_sent_total counter" in lines
    for line in ("sent_total 3.0", "dropped_total 1.0", "received_total 2.0", "reconnects_total 4.0"):
        assert f"palaver_backbone_{line}" in lines
