"""A soak: a crowd talks over several instances while one thing after another is broken under it.

    python -m palaver_conformance.running.soak --spec SPECIFICATION --launch COMMAND

The command is that of `palaver conform --launch`; it should ask for a {database_url} and a {redis_url}, and take its
signing key from {secret}: users are not registered but signed. Exit codes as for `palaver conform`.
"""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.checkers import Finding
from palaver_conformance.people.crowd import Figures, Plan
from palaver_conformance.running.endurance import add_launch, carry_out, connected, gathered, listed, require_talk, tell
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command
from palaver_conformance.topology.topology import Topology, launched

_FREEZE = 3.0

Fault = Callable[[Topology, random.Random], Awaitable[None]]


async def restart_redis(topology: Topology, _: random.Random) -> None:
    """End Redis at once, and start it again."""
    await topology.redis.restart()


async def freeze_redis(topology: Topology, _: random.Random) -> None:
    """Freeze Redis for three seconds."""
    topology.redis.process.pause()
    await asyncio.sleep(_FREEZE)
    topology.redis.process.resume()


async def kill_instance(topology: Topology, dice: random.Random) -> None:
    """End one of the instances at once, and start it again."""
    instance = dice.choice(topology.instances)
    await instance.process.kill()
    await instance.start()
    await instance.ready(topology.contract, topology.timing)


async def restart_database(topology: Topology, _: random.Random) -> None:
    """End the database, cutting off its clients, and start it again."""
    await topology.database.restart()


FAULTS: Mapping[str, tuple[str, Fault]] = {
    "redis-restart": ("redis", restart_redis),
    "instance-kill": ("instances", kill_instance),
    "redis-freeze": ("redis", freeze_redis),
    "database-restart": ("database", restart_database),
}


@dataclass(frozen=True)
class Soak:
    """How long, how many instances and users, and how often something breaks. Everything random is in `seed`."""

    seconds: float = 60.0
    instances: int = 3
    users: int = 200
    size: int = 8
    pace: float = 4.0
    every: float = 5.0
    seed: int = 0
    faults: tuple[str, ...] = tuple(FAULTS)


@dataclass
class Result:
    """What came of a soak. `findings` are by checker, all of them named."""

    soak: Soak
    figures: Figures
    injected: Counter[str]
    findings: Mapping[str, Sequence[Finding]]
    seconds: float

    @property
    def sound(self) -> bool:
        """Whether something was proven, and nothing was found."""
        return self.figures.acknowledged > 0 and not any(self.findings.values())

    def report(self) -> str:
        """Return the figures and findings as text."""
        soak, figures = self.soak, self.figures
        lines = [
            f"soak: {soak.instances} instances, {soak.users} users, {self.seconds:.1f} s, seed {soak.seed}",
            f"  messages acknowledged  {figures.acknowledged}",
            f"  deliveries             {figures.deliveries}",
            f"  reconnects             {figures.reconnects}",
            f"  refused, then repeated {sum(figures.refusals.values())} {_counts(figures.refusals)}".rstrip(),
            f"  faults injected        {sum(self.injected.values())} {_counts(self.injected)}".rstrip(),
        ]
        verdict = "nothing lost, doubled, reordered or leaked" if self.sound else "NOT SOUND"
        return "\n".join([*lines, *listed(self.findings), verdict])


async def run(contract: Contract, command: Command, soak: Soak, say: Callable[[str], None]) -> Result:
    """Launch, talk, break, settle, judge. `say` is called with what happens.

    Raises Unreachable when something does not start, Failure when it does not come to rest.
    """
    require_talk(contract)
    dice = random.Random(soak.seed)  # noqa: S311 - to be repeatable, not secret
    async with launched(command, soak.instances, contract, Timing()) as topology:
        names = [name for name in soak.faults if FAULTS[name][0] in topology.offers]
        plan = Plan(soak.users, soak.size, soak.pace, seed=dice.randrange(2**32))
        async with gathered(topology, command, topology.urls, plan) as crowd:
            say(connected(crowd, soak.seed))
            start = time.monotonic()
            crowd.talk()
            injected = await _break(topology, names, soak, dice, say)
            await topology.bring_up()
            await crowd.settle()
            seconds = time.monotonic() - start
            return Result(soak, crowd.figures(), injected, crowd.judge(), seconds)


async def _break(
    topology: Topology, names: Sequence[str], soak: Soak, dice: random.Random, say: Callable[[str], None]
) -> Counter[str]:
    """Inject a fault every so often until the time is over; each kind comes once before one comes again."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    injected: Counter[str] = Counter()
    bag: list[str] = []
    for turn in range(1, int(soak.seconds / soak.every)):
        await asyncio.sleep(max(0.0, start + turn * soak.every - loop.time()))
        if not names:
            continue
        bag = bag or dice.sample(names, len(names))
        name = bag.pop()
        say(f"{loop.time() - start:6.1f} s  {name}")
        await FAULTS[name][1](topology, dice)
        injected[name] += 1
    await asyncio.sleep(max(0.0, start + soak.seconds - loop.time()))
    return injected


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a soak as the arguments have it, print the report and return the exit code."""
    given = _parser().parse_args(arguments)
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(2**32)
    soak = Soak(given.seconds, given.instances, given.users, given.size, given.pace, given.every, seed)
    return carry_out("soak", seed, lambda: run(sources.load(given.spec), Command.parse(given.launch), soak, tell))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="palaver_conformance.running.soak", description="Talk while things break.")
    add_launch(parser)
    parser.add_argument("--seconds", type=float, default=Soak.seconds)
    parser.add_argument("--instances", type=int, default=Soak.instances)
    parser.add_argument("--users", type=int, default=Soak.users)
    parser.add_argument("--size", type=int, default=Soak.size, help="members of a conversation")
    parser.add_argument("--pace", type=float, default=Soak.pace, help="mean seconds between two deeds of a user")
    parser.add_argument("--every", type=float, default=Soak.every, help="seconds between two faults")
    return parser


def _counts(counts: Counter[str]) -> str:
    return f"({', '.join(f'{name} {count}' for name, count in sorted(counts.items()))})" if counts else ""


if __name__ == "__main__":
    sys.exit(main())
