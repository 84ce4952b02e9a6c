"""What operators ask a server of several workers: one answer for all."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from palaver_runtime.metrics.exposition import CONTENT_TYPE
from palaver_runtime.workers.assignment import FIGURES, READINESS


class Asked(Protocol):
    """Somebody who can be asked."""

    @property
    def number(self) -> int:
        """Which worker it is."""
        ...

    async def ask(self, what: str) -> dict[str, object] | None:
        """Ask it something; None when it does not answer."""
        ...


class Pages:
    """Health, readiness and figures of all workers.

    `workers` gives those that run; `wanted` is how many there are to be. Figures are those of each worker, told apart
    by the label `worker`: a sum would fall when one of them is started anew, which is not what a counter does.
    """

    def __init__(self, workers: Callable[[], Sequence[Asked]], wanted: int, restarts: Callable[[], int]) -> None:
        self._workers = workers
        self._wanted = wanted
        self._restarts = restarts
        self._draining = False
        #: The application.
        self.app = Starlette(
            routes=[
                Route("/healthz", self._healthz),
                Route("/readyz", self._readyz),
                Route("/metrics", self._metrics),
            ]
        )

    def drain(self) -> None:
        """Say from now on that the server is about to stop."""
        self._draining = True

    async def _healthz(self, _: Request) -> Response:
        """Say that the supervisor runs, and how many workers do: it is for it to start those that do not."""
        return JSONResponse({"status": "ok", "workers": len(self._workers()), "wanted": self._wanted})

    async def _readyz(self, _: Request) -> Response:
        """Say whether requests can be served: by some of the workers still, by none not."""
        if self._draining:
            return JSONResponse({"status": "draining"}, 503)
        answers = await self._ask(READINESS)
        ready = [number for number, answer in answers.items() if answer["status"] == 200]
        well = len(ready) == self._wanted and all(
            isinstance(said := each["readiness"], dict) and said.get("status") == "ready" for each in answers.values()
        )
        status = "unavailable" if not ready else "ready" if well else "degraded"
        content = {
            "status": status,
            "wanted": self._wanted,
            "workers": {str(number): answer["readiness"] for number, answer in answers.items()},
        }
        return JSONResponse(content, 200 if ready else 503)

    async def _metrics(self, _: Request) -> Response:
        """Give the figures of each worker, and how many there are."""
        answers = await self._ask(FIGURES)
        texts = {number: str(answer["figures"]) for number, answer in answers.items()}
        own = (
            "# HELP palaver_workers Workers that run.\n"
            "# TYPE palaver_workers gauge\n"
            f"palaver_workers {len(self._workers())}\n"
            "# HELP palaver_worker_restarts_total How often a worker that had ended was started anew.\n"
            "# TYPE palaver_worker_restarts_total counter\n"
            f"palaver_worker_restarts_total {self._restarts()}\n"
        )
        return Response(own.encode() + together(texts), media_type=CONTENT_TYPE)

    async def _ask(self, what: str) -> dict[int, dict[str, object]]:
        workers = self._workers()
        answers = await asyncio.gather(*(each.ask(what) for each in workers))
        return {each.number: answer for each, answer in zip(workers, answers, strict=True) if answer}


def together(texts: Mapping[int, str]) -> bytes:
    """Put figures of several workers into one text, each sample with the label `worker`."""
    families: dict[str, Metric] = {}
    for number, text in sorted(texts.items()):
        for family in text_string_to_metric_families(text):
            found = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                found.add_sample(sample.name, {**sample.labels, "worker": str(number)}, sample.value)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(list(families.values())))
    return generate_latest(registry)


class _Families(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        """Give them as they are."""
        return self._families
