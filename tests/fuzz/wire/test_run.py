"""A small run over sockets, of every transport, against a served instance."""

import time

from fuzz.finding import Finding
from fuzz.wire.run import Figures, WireResult, _leaks, run


async def test_strangers_disturb_nobody(tmp_path):
    """Bursts over each transport are answered or closed, bystanders hear each other, and nothing is left over."""
    result = await run(150, 3, tmp_path, time.monotonic() + 120)
    assert result.findings == []
    assert set(result.inputs) == {"socketio", "websocket", "polling", "rest", "grpc"}
    assert sum(result.inputs.values()) >= 150
    assert len(result.quiet) > 1
    assert result.before is not None
    assert result.after is not None
    assert result.after.connections == 5


def test_what_is_left_over_is_a_leak():
    """More sockets, tasks, connections or memory than before are findings, each by itself."""
    before = Figures(memory=2**27, files=20, sockets=10, tasks=30, connections=5)
    after = Figures(memory=2**28, files=90, sockets=11, tasks=31, connections=6)
    result = WireResult(before=before, after=after)
    _leaks(result)
    assert [each.kind for each in result.findings] == ["leak"] * 4
    steady = WireResult(before=before, after=before)
    _leaks(steady)
    assert steady.findings == list[Finding]()
