"""What operators and their tools ask a server, beside what its documents say."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from palaver_runtime.backbone import Backbone
from palaver_runtime.domain.errors import Unavailable
from palaver_runtime.metrics import Metrics
from palaver_runtime.metrics.exposition import CONTENT_TYPE, Exposition
from palaver_runtime.ports import Store


class Operations:
    """Health, readiness and figures of one instance."""

    def __init__(self, store: Store, backbone: Backbone, metrics: Metrics) -> None:
        self._store = store
        self._backbone = backbone
        self._exposition = Exposition(metrics)

    @property
    def routes(self) -> list[Route]:
        """The routes, to be put before everything else."""
        return [
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
            Route("/metrics", self._metrics),
        ]

    async def _healthz(self, request: Request) -> Response:  # noqa: ARG002
        """Say that the process is alive and its loop runs."""
        return JSONResponse({"status": "ok"})

    async def _readyz(self, request: Request) -> Response:  # noqa: ARG002
        """Say whether requests can be served: without the other instances still, without the database not."""
        try:
            async with self._store.reading() as tx:
                await tx.revisions(["ready?"])
        except Unavailable:
            return JSONResponse({"status": "unavailable", "database": "away"}, 503)
        together = self._backbone.healthy
        return JSONResponse(
            {
                "status": "ready" if together else "degraded",
                "database": "ok",
                "backbone": "ok" if together else "away",
            }
        )

    async def _metrics(self, request: Request) -> Response:  # noqa: ARG002
        """Give the figures in the text format of Prometheus."""
        return Response(self._exposition.text(), media_type=CONTENT_TYPE)
