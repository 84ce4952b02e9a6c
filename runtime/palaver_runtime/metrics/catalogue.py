"""Every figure that a server keeps of itself, in one place: its name, what it means, and its labels."""

from collections.abc import Iterator

from palaver_runtime.metrics.instruments import Counter, Gauge, Histogram, Instrument

OK = "ok"
"""What stands for a result that is no refusal; refusals have the code that the client is told."""

FAILED = "INTERNAL_ERROR"

_MESSAGES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The figures of one process. Whoever is given none counts into one of its own, which nobody reads."""

    def __init__(self) -> None:
        # Connections.
        self.connections = Gauge(
            "palaver_connections",
            "Connections that are open, those included that nobody has signed in on yet.",
            ("dialect", "transport"),
        )
        self.connections_ready = Gauge(
            "palaver_connections_ready", "Connections of users, to which events are delivered."
        )
        self.connections_opened = Counter(
            "palaver_connections_opened", "Connections that were opened, by how they began.", ("dialect", "transport")
        )
        self.connections_closed = Counter(
            "palaver_connections_closed", "Connections that ended, by the reason.", ("dialect", "reason")
        )
        self.outbound_bytes = Gauge(
            "palaver_outbound_bytes", "Bytes that wait for clients to read them.", ("dialect", "transport")
        )
        self.sign_ins = Counter(
            "palaver_sign_ins",
            "Attempts to prove who one is: login, register, refresh, or the token of a request or connection.",
            ("kind", "result"),
        )
        self.refusals = Counter(
            "palaver_refusals", "What was refused, or who was cut off, for being over a limit.", ("limit",)
        )
        # What clients ask for.
        self.events = Counter(
            "palaver_events",
            'Events of clients, by what became of them: ok, or the error code. Unknown names are one: "unknown".',
            ("dialect", "event", "result"),
        )
        self.event_seconds = Histogram(
            "palaver_event_seconds", "From the start of an event's handling to its answer.", ("dialect", "event")
        )
        self.requests = Counter(
            "palaver_requests",
            'HTTP requests, by operation and status. Paths that no document has are one: "unknown".',
            ("dialect", "operation", "status"),
        )
        self.request_seconds = Histogram(
            "palaver_request_seconds", "From a request's headers to its response.", ("dialect", "operation")
        )
        self.calls = Counter(
            "palaver_calls",
            "Calls over gRPC, by what became of them: ok, or the error code, also where the status is OK.",
            ("dialect", "call", "result"),
        )
        self.call_seconds = Histogram(
            "palaver_call_seconds", "From the arrival of a call to its answer.", ("dialect", "call")
        )
        # From a message to sockets.
        self.batch_messages = Histogram(
            "palaver_batch_messages", "Messages in one transaction of the group commit.", bounds=_MESSAGES
        )
        self.commit_seconds = Histogram("palaver_commit_seconds", "Transactions of the group commit, begin to end.")
        self.outgoing_waiting = Gauge("palaver_outgoing_waiting", "Messages that wait to be committed.")
        self.delivery_seconds = Histogram(
            "palaver_delivery_seconds",
            "From the commit of a change, on any instance, to the write to a client's socket.",
            ("dialect",),
        )
        self.gaps_healed = Counter(
            "palaver_gaps_healed", "Gaps in a conversation that the bus left and the database filled."
        )
        self.revisions_healed = Counter(
            "palaver_revisions_healed", "Changes that were delivered from the database, as the bus did not bring them."
        )
        # Other instances.
        self.backbone_healthy = Gauge(
            "palaver_backbone_healthy", "Whether the other instances are reached (1) or not (0)."
        )
        self.backbone_queue = Gauge("palaver_backbone_queue", "Events that wait to be sent to other instances.")
        self.backbone_sent = Counter("palaver_backbone_sent", "Events sent to other instances.")
        self.backbone_dropped = Counter(
            "palaver_backbone_dropped", "Events given up for other instances, to be found by revision."
        )
        self.backbone_received = Counter("palaver_backbone_received", "Events received from other instances.")
        self.backbone_reconnects = Counter(
            "palaver_backbone_reconnects", "How often the connection to the other instances was made anew."
        )

    def __iter__(self) -> Iterator[Instrument]:
        """Give every figure, in the order above."""
        return (each for each in vars(self).values() if isinstance(each, Instrument))

    def signed_in(self, kind: str, error: Exception | None = None) -> None:
        """Count an attempt by what it ended with."""
        self.sign_ins.add(kind, OK if error is None else result(error))


def result(error: Exception) -> str:
    """Name a failure by the code that clients are told; what has none is our own."""
    code: object = getattr(error, "code", None)
    return code if isinstance(code, str) else FAILED
