"""What operators and their tools ask a server, beside what its documents say."""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from palaver_runtime.backbone import Backbone
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.domain.errors import Unavailable
from palaver_runtime.ports import Store


class Operations:
    """Health, readiness and figures of one instance."""

    def __init__(self, store: Store, backbone: Backbone, hub: Hub, refusals: Mapping[str, int] | None = None) -> None:
        """`refusals` are how often each limit was met so far, by its name."""
        self._store = store
        self._backbone = backbone
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Figures(backbone, hub, {} if refusals is None else refusals))

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
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    def __init__(self, backbone: Backbone, hub: Hub, refusals: Mapping[str, int]) -> None:
        self._refusals = refusals
        self._backbone = backbone
        self._hub = hub

    def collect(self) -> Iterable[Metric]:
        """Give the figures as they are now."""
        figures = self._backbone.figures
        yield GaugeMetricFamily("palaver_connections", "Connections of clients.", self._hub.connections)
        yield GaugeMetricFamily(
            "palaver_backbone_healthy",
            "Whether the other instances are reached (1) or not (0).",
            self._backbone.healthy,
        )
        refused = CounterMetricFamily(
            "palaver_refusals", "What was refused, or who was cut off, for being over a limit.", labels=["limit"]
        )
        for limit, count in self._refusals.items():
            refused.add_metric([limit], count)
        yield refused
        for name, text, value in (
            ("sent", "Events sent to other instances.", figures.sent),
            ("dropped", "Events given up for other instances, to be found by revision.", figures.dropped),
            ("received", "Events received from other instances.", figures.received),
            ("reconnects", "How often the connection to the other instances was made anew.", figures.reconnects),
        ):
            yield CounterMetricFamily(f"palaver_backbone_{name}", text, value)
