"""A short soak: several instances, and things break under a talking crowd. `make soak` runs a long one."""

import shlex
import sys

from palaver_conformance.contract import sources
from palaver_conformance.running.soak import Soak, run
from palaver_conformance.topology.instance import Command

COMMAND = (
    "PALAVER_DATABASE_URL={database_url} PALAVER_REDIS_URL={redis_url} PALAVER_JWT_SECRET={secret} "
    f"{shlex.quote(sys.executable)} -m palaver serve --dialect gateway --port {{port}}"
)
SOAK = Soak(
    seconds=8, instances=2, users=24, size=6, pace=0.5, every=2.5, seed=3, faults=("redis-restart", "instance-kill")
)


async def test_nothing_is_lost_doubled_reordered_or_leaked() -> None:
    """Redis is restarted and an instance killed with -9 under load; every checker finds nothing."""
    told: list[str] = []
    result = await run(sources.load("gateway"), Command.parse(COMMAND), SOAK, told.append)
    assert result.sound, "\n".join([*told, result.report()])
    assert result.injected == {"redis-restart": 1, "instance-kill": 1}
    assert result.figures.acknowledged > 100
    assert result.figures.reconnects > 0
