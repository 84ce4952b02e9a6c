"""What operators and their tools ask a server, beside what its documents say."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from palaver_runtime.backbone import Backbone
from palaver_runtime.domain.errors import Unavailable
from palaver_runtime.metrics import Metrics
from palaver_runtime.metrics.exposition import CONTENT_TYPE, Exposition
from palaver_runtime.ports import Store


class Operations:
    """Health, readiness and figures of one instance.

    Figures are for operators alone: they are part of what everybody can reach only with `open_metrics`.
    """

    def __init__(self, store: Store, backbone: Backbone, metrics: Metrics, *, open_metrics: bool = False) -> None:
        self._store = store
        self._backbone = backbone
        self._exposition = Exposition(metrics)
        self._open_metrics = open_metrics
        self._draining = False
        #: All of it, and what everybody can reach of it, as applications.
        self.app = Starlette(routes=[*self._health, Route("/metrics", self._metrics)])
        self.public = Starlette(routes=self.routes)

    @property
    def routes(self) -> list[Route]:
        """The routes that everybody can reach, to be put before everything else."""
        return [*self._health, *([Route("/metrics", self._metrics)] if self._open_metrics else [])]

    def drain(self) -> None:
        """Say from now on that the instance is about to stop, so that nobody new is sent to it."""
        self._draining = True

    async def readiness(self) -> tuple[int, dict[str, str]]:
        """Say whether requests can be served: without the other instances still, without the database not.

        It is a status of HTTP, and what goes with it.
        """
        if self._draining:
            return 503, {"status": "draining"}
        try:
            await self._store.read(lambda tx: tx.revisions(["ready?"]))
        except Unavailable:
            return 503, {"status": "unavailable", "database": "away"}
        together = self._backbone.healthy
        return 200, {
            "status": "ready" if together else "degraded",
            "database": "ok",
            "backbone": "ok" if together else "away",
        }

    def figures(self) -> bytes:
        """Give the figures in the text format of Prometheus."""
        return self._exposition.text()

    @property
    def _health(self) -> list[Route]:
        return [Route("/healthz", self._healthz), Route("/readyz", self._readyz)]

    async def _healthz(self, _: Request) -> Response:
        """Say that the process is alive and its loop runs."""
        return JSONResponse({"status": "ok"})

    async def _readyz(self, _: Request) -> Response:
        status, content = await self.readiness()
        return JSONResponse(content, status)

    async def _metrics(self, _: Request) -> Response:
        return Response(self.figures(), media_type=CONTENT_TYPE)
