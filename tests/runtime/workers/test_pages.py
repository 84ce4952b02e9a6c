"""One answer for all workers."""

from dataclasses import dataclass

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from palaver_runtime.metrics import Metrics
from palaver_runtime.metrics.exposition import Exposition
from palaver_runtime.workers.assignment import FIGURES
from palaver_runtime.workers.pages import Pages


@dataclass
class Worker:
    """A worker that answers as the test wants it, or not at all."""

    number: int
    metrics: Metrics
    status: int = 200
    said: str = "ready"
    silent: bool = False

    async def ask(self, what: str) -> dict[str, object] | None:
        """Answer."""
        if self.silent:
            return None
        if what == FIGURES:
            return {"figures": Exposition(self.metrics).text().decode()}
        return {"status": self.status, "readiness": {"status": self.said}}


@pytest.fixture
def workers() -> list[Worker]:
    """Two workers."""
    return [Worker(1, Metrics()), Worker(2, Metrics())]


@pytest.fixture
def pages(workers: list[Worker]) -> Pages:
    """The pages of two workers, of which one was started anew."""
    return Pages(lambda: workers, 2, lambda: 1)


async def ask(pages: Pages, path: str) -> httpx.Response:
    """Ask for a page."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(pages.app), base_url="http://here") as client:
        return await client.get(path)


async def test_ready_by_all_or_by_some(pages: Pages, workers: list[Worker]) -> None:
    """All make the server ready, some degraded, none unavailable; before the end it says so whoever is well."""
    answer = await ask(pages, "/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["workers"] == {"1": {"status": "ready"}, "2": {"status": "ready"}}
    workers[1].said = "degraded"
    assert (await ask(pages, "/readyz")).json()["status"] == "degraded"
    workers[1].silent = True
    answer = await ask(pages, "/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    workers[0].status = 503
    answer = await ask(pages, "/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    workers[:] = [Worker(1, Metrics()), Worker(2, Metrics())]
    pages.drain()
    answer = await ask(pages, "/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "draining"})


async def test_alive_while_workers_are_missing(pages: Pages, workers: list[Worker]) -> None:
    """The supervisor is alive, and says how many of its workers are."""
    del workers[0]
    answer = await ask(pages, "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "workers": 1, "wanted": 2})


async def test_figures_of_each_worker(pages: Pages, workers: list[Worker]) -> None:
    """A figure stands there once, with a sample for each worker; who does not answer is left out."""
    for each in workers:
        each.metrics.refusals.add("messages", amount=each.number)
        each.metrics.commit_seconds.observe(0.002)
    text = (await ask(pages, "/metrics")).text
    assert text.count("# TYPE palaver_refusals_total counter") == 1
    families = {each.name: each for each in text_string_to_metric_families(text)}
    assert {each.labels["worker"]: each.value for each in families["palaver_refusals"].samples} == {"1": 1, "2": 2}
    buckets = [each for each in families["palaver_commit_seconds"].samples if each.labels.get("le") == "0.0025"]
    assert [(each.labels["worker"], each.value) for each in buckets] == [("1", 1), ("2", 1)]
    assert [each.value for each in families["palaver_workers"].samples] == [2]
    assert [each.value for each in families["palaver_worker_restarts"].samples] == [1]
    workers[1].silent = True
    assert 'worker="2"' not in (await ask(pages, "/metrics")).text
