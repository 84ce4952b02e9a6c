"""What a transport counts."""

from palaver_runtime.metrics import UNKNOWN, Meter, Metrics


def test_everything_is_counted_for_the_dialect():
    """Two dialects count into the same figures, each under its name."""
    metrics = Metrics()
    for name in ("desk", "loft"):
        meter = Meter(metrics, name)
        meter.opened("polling")
        meter.closed("slow reader")
        meter.event("bell:ring")
        meter.event(UNKNOWN, "VALIDATION_ERROR")
        meter.event_took("bell:ring", 0.2)
        meter.request("getBell", 404, 0.2)
        meter.call("Bell/Ring", "ok", 0.2)
        meter.delivered(0.2)
        meter.refused("event_bytes")
    assert metrics.connections_opened.values() == {("desk", "polling"): 1, ("loft", "polling"): 1}
    assert metrics.connections_closed.values() == {("desk", "slow reader"): 1, ("loft", "slow reader"): 1}
    assert metrics.events.values() == {
        (name, *rest): 1 for name in ("desk", "loft") for rest in (("bell:ring", "ok"), ("unknown", "VALIDATION_ERROR"))
    }
    assert metrics.requests.values() == {("desk", "getBell", "404"): 1, ("loft", "getBell", "404"): 1}
    assert metrics.calls.values() == {("desk", "Bell/Ring", "ok"): 1, ("loft", "Bell/Ring", "ok"): 1}
    assert metrics.refusals.values() == {("event_bytes",): 2}
    for histogram in (metrics.event_seconds, metrics.request_seconds, metrics.call_seconds, metrics.delivery_seconds):
        assert [(labels[0], each.sum) for labels, each in histogram.series().items()] == [("desk", 0.2), ("loft", 0.2)]


def test_open_connections_are_asked_for_when_somebody_looks():
    """They are counted by transport, and what waits for their clients is added up."""
    metrics, here = Metrics(), [("polling", 5), ("websocket", 7), ("websocket", 1)]
    Meter(metrics, "desk").watch_connections(lambda: here)
    Meter(metrics, "loft").watch_connections(lambda: [("websocket", 2)])
    assert metrics.connections.values() == {("desk", "polling"): 1, ("desk", "websocket"): 2, ("loft", "websocket"): 1}
    assert metrics.outbound_bytes.values() == {
        ("desk", "polling"): 5,
        ("desk", "websocket"): 8,
        ("loft", "websocket"): 2,
    }
    here.clear()
    assert metrics.connections.values() == {("loft", "websocket"): 1}


def test_a_meter_for_nobody_counts_all_the_same():
    """Whoever is given none needs not ask whether there is one."""
    meter = Meter()
    meter.event("bell:ring")
    assert meter.metrics.events.values() == {("", "bell:ring", "ok"): 1}
