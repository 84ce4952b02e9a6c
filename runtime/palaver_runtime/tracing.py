"""Traces by OpenTelemetry, for those who have set where they are to go."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from palaver_runtime import spans
from palaver_runtime.spans import Attribute

if TYPE_CHECKING:
    # Only those who trace have it, and load it.
    from opentelemetry import trace
    from opentelemetry.context import Context

logger = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class TracingMissing(Exception):
    """Traces are wanted, and what makes them is not installed; the message says what to do."""


class OpenTelemetry:
    """Makes spans by a tracer of OpenTelemetry."""

    def __init__(self, tracer: "trace.Tracer") -> None:
        from opentelemetry import context, trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer = tracer
        self._trace = trace
        self._context = context
        self._propagator = TraceContextTextMapPropagator()

    def span(
        self, name: str, parent: str | None, links: Iterable[str], attributes: dict[str, Attribute], *, root: bool
    ) -> AbstractContextManager[object]:
        """Make a span that lasts as long as its block; an exception that leaves the block is recorded."""
        places = [self._trace.get_current_span(self._at(each)).get_span_context() for each in links]
        context = self._context.Context() if root else None if parent is None else self._at(parent)
        return self._tracer.start_as_current_span(
            name,
            context=context,
            links=[self._trace.Link(each) for each in places],
            attributes={f"palaver.{key}": value for key, value in attributes.items()},
        )

    @contextmanager
    def within(self, parent: str) -> Iterator[None]:
        """Be at a place for the time of a block."""
        token = self._context.attach(self._at(parent))
        try:
            yield
        finally:
            self._context.detach(token)

    def here(self) -> str | None:
        """Tell where the running code is."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get("traceparent")

    def _at(self, place: str) -> "Context":
        return self._propagator.extract({"traceparent": place}, context=self._context.Context())


@contextmanager
def tracing() -> Iterator[None]:
    """Send traces for the time of a block, if one of ENDPOINTS is set in the environment.

    All else is as OpenTelemetry has it: OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS and so on.
    Raises TracingMissing when the extra `otel` is not installed.
    """
    if not any(os.environ.get(each) for each in ENDPOINTS):
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TracingMissing(
            f"{ENDPOINTS[0]} asks for traces, and OpenTelemetry is not installed: pip install 'palaver[otel]',"
            " or unset it"
        ) from error
    name = os.environ.get("OTEL_SERVICE_NAME", "palaver")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    spans.trace_by(OpenTelemetry(provider.get_tracer("palaver")))
    logger.info("traces are sent")
    try:
        yield
    finally:
        spans.trace_by(None)
        # Sends what is left, and waits for it.
        provider.shutdown()
