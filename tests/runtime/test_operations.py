"""What operators ask."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import httpx
import pytest

from palaver_runtime.backbone import LoneBackbone
from palaver_runtime.domain.errors import Unavailable
from palaver_runtime.metrics import Metrics
from palaver_runtime.operations import Operations


class Store:
    """A store that answers, or is away."""

    away = False

    async def read(self, work: Callable[["Store"], Awaitable[object]]) -> object:
        """Do some work."""
        if self.away:
            raise Unavailable("no such host")
        return await work(self)

    async def revisions(self, conversation_ids: Sequence[str]) -> dict[str, int]:
        """Give nothing."""
        assert conversation_ids
        return {}


class Backbone(LoneBackbone):
    """A backbone whose state the test sets."""

    healthy = True


@pytest.fixture
def store() -> Store:
    """Give a store that answers."""
    return Store()


@pytest.fixture
def spine() -> Backbone:
    """Give a backbone that is well."""
    return Backbone(Metrics())


@pytest.fixture
def metrics() -> Metrics:
    """Give figures of nothing yet."""
    return Metrics()


@pytest.fixture
async def client(store: Store, spine: Backbone, metrics: Metrics) -> AsyncIterator[httpx.AsyncClient]:
    """Ask an application that has nothing but the operators' routes."""
    operations = Operations(store, spine, metrics)  # type: ignore[arg-type]  # a store of one question
    transport = httpx.ASGITransport(operations.app)
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


async def test_figures_are_given_for_prometheus(client: httpx.AsyncClient, metrics: Metrics) -> None:
    """The figures of now stand in the text format."""
    metrics.refusals.add("messages")
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'palaver_refusals_total{limit="messages"} 1.0' in answer.text.splitlines()


async def test_draining_is_said_at_once(store: Store, spine: Backbone, metrics: Metrics) -> None:
    """Whoever is about to stop is alive and not ready, whatever else is well."""
    operations = Operations(store, spine, metrics)  # type: ignore[arg-type]  # a store of one question
    async with httpx.AsyncClient(transport=httpx.ASGITransport(operations.app), base_url="http://here") as client:
        operations.drain()
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "draining"})
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize(("opened", "status"), [(True, 200), (False, 404)])
async def test_figures_are_for_operators(store: Store, spine: Backbone, *, opened: bool, status: int) -> None:
    """Everybody can ask for health; figures are among that only where somebody said so."""
    operations = Operations(store, spine, Metrics(), open_metrics=opened)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(operations.public), base_url="http://here") as client:
        assert (await client.get("/metrics")).status_code == status
        assert (await client.get("/healthz")).status_code == (await client.get("/readyz")).status_code == 200
