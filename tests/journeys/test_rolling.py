"""A short rolling restart, while a crowd talks through one port. `make rolling` runs a longer one."""

import shlex
import sys

from palaver_conformance.contract import sources
from palaver_conformance.running.rolling import Rolling, run
from palaver_conformance.topology.instance import Command

COMMAND = (
    "PALAVER_DATABASE_URL={database_url} PALAVER_REDIS_URL={redis_url} PALAVER_JWT_SECRET={secret} "
    f"{shlex.quote(sys.executable)} -m palaver serve --dialect gateway --port {{port}}"
)
ROLLING = Rolling(instances=2, users=12, size=6, pace=0.3, quiet=1.0, seed=3)


async def test_no_send_fails_while_instances_are_restarted() -> None:
    """Both instances drain under load; every send is acknowledged in the end, and no checker finds anything."""
    told: list[str] = []
    result = await run(sources.load("gateway"), Command.parse(COMMAND), ROLLING, told.append)
    assert result.sound, "\n".join([*told, result.report()])
    assert [(each.instance, each.code) for each in result.restarts] == [(1, 0), (2, 0)]
    assert result.figures.reconnects > 0
