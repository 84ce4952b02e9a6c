"""The envelope dialect keeps its contract, as the conformance suite judges it over real sockets."""

import re
from pathlib import Path

from servers.palaver import serving

from .test_conformance import SECRET, conform, shortcomings

PROVEN = {
    "auth.connect.query",
    "conversations.direct.race",
    "limits.event.oversized",
    "membership.join.entry",
    "messages.order.pipelined",
    "messages.send.retry-race",
    "presence.offline.last",
    "protocol.frame.malformed",
    "receipts.mark.late",
    "sync.history.backwards",
    "sync.retention.cleanup",
    "typing.end.disconnected",
    "instances.message.crosses",
    "instances.receipt.crosses",
    "instances.retry.crosses",
    "instances.typing.crosses",
}
"""Some of what is to pass, so that a suite in which nothing applied would be noticed."""


async def test_two_instances_conform(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    """Two instances keep the contract, all of it and across them, with tokens that another service signs."""
    env = {"PALAVER_DATABASE_URL": postgres_url, "PALAVER_REDIS_URL": redis_url, "PALAVER_JWT_SECRET": SECRET}
    async with (
        serving("--dialect", "envelope", env=env) as first,
        serving("--dialect", "envelope", env=env) as second,
    ):
        code, printed, verdicts = await conform(tmp_path, first.url, second.url, spec="envelope", secret=SECRET)
    assert set(shortcomings(verdicts).values()) == {"not-applicable"}, printed
    assert {name for name, verdict in verdicts.items() if verdict == "pass"} >= PROVEN
    assert code == 0
    assert re.search(r"operations (\d+)/\1; events (\d+)/\2;", printed), printed
    assert not [line for line in (*first.lines, *second.lines) if " ERROR " in line]
