"""A rolling restart: each instance in turn is told to stop and started again, while a crowd talks through one port.

    python -m palaver_conformance.running.rolling --spec SPECIFICATION --launch COMMAND

The command is that of `palaver conform --launch`; it should ask for a {database_url} and a {redis_url}, and take its
signing key from {secret}. Clients follow the rules of the documents: they connect again, catch up, and send again under
the same identifier what was not acknowledged. Exit codes as for `palaver conform`.
"""

import argparse
import asyncio
import random
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.checkers import Finding
from palaver_conformance.people.crowd import Figures, Plan
from palaver_conformance.running.endurance import add_launch, carry_out, connected, gathered, listed, require_talk, tell
from palaver_conformance.timing import Timing
from palaver_conformance.topology.balancer import Balancer
from palaver_conformance.topology.instance import Command, Instance
from palaver_conformance.topology.topology import Topology, launched

_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Rolling:
    """How many instances and users, how busy, and for how long all is quiet before each restart and at the end."""

    instances: int = 3
    users: int = 60
    size: int = 6
    pace: float = 0.5
    quiet: float = 5.0
    rounds: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Restart:
    """How one instance ended: its exit code, which is 0 for one that drained, and the seconds that it took."""

    instance: int
    code: int | None
    seconds: float

    def __str__(self) -> str:
        """Return it as text for people."""
        return f"instance {self.instance} drained in {self.seconds:.2f} s, exit code {self.code}"


@dataclass
class Result:
    """What came of it. `findings` are by checker, all of them named."""

    rolling: Rolling
    figures: Figures
    restarts: Sequence[Restart]
    findings: Mapping[str, Sequence[Finding]]
    seconds: float

    @property
    def failed(self) -> int:
        """How many sends were never acknowledged."""
        return self.figures.sent - self.figures.acknowledged

    @property
    def sound(self) -> bool:
        """Whether something was proven: nobody's send failed, nothing was found, and every instance drained."""
        drained = bool(self.restarts) and all(each.code == 0 for each in self.restarts)
        return self.figures.acknowledged > 0 and not self.failed and drained and not any(self.findings.values())

    def report(self) -> str:
        """Return the figures and findings as text."""
        rolling, figures = self.rolling, self.figures
        lines = [
            f"rolling restart: {rolling.instances} instances, {rolling.users} users, {self.seconds:.1f} s",
            f"  seed                   {rolling.seed}",
            *(f"  {each}" for each in self.restarts),
            f"  sends                  {figures.sent}",
            f"  failed sends           {self.failed}",
            f"  without answer, then   {figures.repeated} repeated after a reconnect",
            f"  deliveries             {figures.deliveries}",
            f"  reconnects             {figures.reconnects}",
        ]
        verdict = "no send failed; nothing lost, doubled, reordered or leaked" if self.sound else "NOT SOUND"
        return "\n".join([*lines, *listed(self.findings), verdict])


async def run(contract: Contract, command: Command, rolling: Rolling, say: Callable[[str], None]) -> Result:
    """Launch, talk, restart one instance after the other, settle, judge. `say` is called with what happens.

    Raises Unreachable when something does not start, Failure when it does not come to rest.
    """
    require_talk(contract)
    dice = random.Random(rolling.seed)  # noqa: S311 - to be repeatable, not secret
    plan = Plan(rolling.users, rolling.size, rolling.pace, seed=dice.randrange(2**32))
    async with launched(command, rolling.instances, contract, Timing()) as topology:
        balancer = Balancer([each.port for each in topology.instances])
        listener = socket.create_server((_HOST, 0))
        await balancer.open(listener)
        try:
            url = f"http://{_HOST}:{listener.getsockname()[1]}"
            async with gathered(topology, command, [url], plan) as crowd:
                say(connected(crowd, rolling.seed))
                start = time.monotonic()
                crowd.talk()
                restarts = await _roll(topology, rolling, say)
                await crowd.settle()
                return Result(rolling, crowd.figures(), restarts, crowd.judge(), time.monotonic() - start)
        finally:
            await balancer.close()


async def _roll(topology: Topology, rolling: Rolling, say: Callable[[str], None]) -> list[Restart]:
    restarts = []
    for _ in range(rolling.rounds):
        for instance in topology.instances:
            await asyncio.sleep(rolling.quiet)
            restart = await _restart(topology, instance)
            say(str(restart))
            restarts.append(restart)
    await asyncio.sleep(rolling.quiet)
    return restarts


async def _restart(topology: Topology, instance: Instance) -> Restart:
    """Tell an instance to stop, start it again when it has ended, and wait until it answers."""
    start = time.monotonic()
    await instance.process.stop()
    ended = Restart(instance.number, instance.process.returncode, time.monotonic() - start)
    await instance.start()
    await instance.ready(topology.contract, topology.timing)
    return ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Restart as the arguments have it, print the report and return the exit code."""
    given = _parser().parse_args(arguments)
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(2**32)
    rolling = Rolling(given.instances, given.users, given.size, given.pace, given.quiet, given.rounds, seed)
    return carry_out("rolling", seed, lambda: run(sources.load(given.spec), Command.parse(given.launch), rolling, tell))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="palaver_conformance.running.rolling",
        description="Talk while instances are restarted, one after the other.",
    )
    add_launch(parser)
    parser.add_argument("--instances", type=int, default=Rolling.instances)
    parser.add_argument("--users", type=int, default=Rolling.users)
    parser.add_argument("--size", type=int, default=Rolling.size, help="members of a conversation")
    parser.add_argument("--pace", type=float, default=Rolling.pace, help="mean seconds between two deeds of a user")
    parser.add_argument("--quiet", type=float, default=Rolling.quiet, help="seconds before each restart")
    parser.add_argument("--rounds", type=int, default=Rolling.rounds, help="how often each instance is restarted")
    return parser


if __name__ == "__main__":
    sys.exit(main())
