"""What a transport counts, in its own words: the figures of one dialect."""

from collections.abc import Callable, Iterable
from typing import Final

from palaver_runtime.metrics.catalogue import OK, Metrics
from palaver_runtime.metrics.instruments import Series

UNKNOWN: Final = "unknown"
"""What stands for every name that no document has: clients make up as many as they like."""


class Meter:
    """Counts for a dialect. What it is not given is counted for nobody."""

    __slots__ = ("_dialect", "_events", "_took", "metrics")

    def __init__(self, metrics: Metrics | None = None, dialect: str = "") -> None:
        self.metrics: Final = metrics or Metrics()
        self._dialect: Final = dialect
        self._events: Final = self.metrics.events.counts
        self._took: Final[dict[str, Series]] = {}

    def watch_connections(self, connections: Callable[[], Iterable[tuple[str, int]]]) -> None:
        """Have open connections asked for, when somebody looks: the transport of each, and the bytes that wait."""

        def count() -> dict[tuple[str, ...], float]:
            counts: dict[tuple[str, ...], float] = {}
            for transport, _ in connections():
                counts[self._dialect, transport] = counts.get((self._dialect, transport), 0) + 1
            return counts

        def wait() -> dict[tuple[str, ...], float]:
            waiting: dict[tuple[str, ...], float] = {}
            for transport, size in connections():
                waiting[self._dialect, transport] = waiting.get((self._dialect, transport), 0) + size
            return waiting

        self.metrics.connections.watch_all(count)
        self.metrics.outbound_bytes.watch_all(wait)

    def opened(self, transport: str) -> None:
        """Count a connection that begins by a transport."""
        self.metrics.connections_opened.add(self._dialect, transport)

    def closed(self, reason: str) -> None:
        """Count a connection that ends for one of our reasons."""
        self.metrics.connections_closed.add(self._dialect, reason)

    def refused(self, limit: str) -> None:
        """Count what is over a limit."""
        self.metrics.refusals.add(limit)

    def event(self, name: str, result: str = OK) -> None:
        """Count an event of a client; `name` is one of the document, or UNKNOWN."""
        self._events[self._dialect, name, result] += 1.0

    def event_took(self, name: str, seconds: float) -> None:
        """Note how long an event was handled."""
        series = self._took.get(name)
        if series is None:
            series = self._took[name] = self.metrics.event_seconds.under(self._dialect, name)
        series.observe(seconds)

    def request(self, operation: str, status: int, seconds: float) -> None:
        """Count an HTTP request; `operation` is one of the document, or UNKNOWN."""
        self.metrics.requests.add(self._dialect, operation, str(status))
        self.metrics.request_seconds.observe(seconds, self._dialect, operation)

    def call(self, name: str, result: str, seconds: float) -> None:
        """Count a gRPC call of the document."""
        self.metrics.calls.add(self._dialect, name, result)
        self.metrics.call_seconds.observe(seconds, self._dialect, name)

    def delivered(self, seconds: float, sockets: int = 1) -> None:
        """Note how long ago what was just written to a socket, or to so many, was committed."""
        self.metrics.delivery_seconds.observe(seconds, self._dialect, times=sockets)
