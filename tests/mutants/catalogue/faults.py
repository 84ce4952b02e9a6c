"""Things break, and what was promised for that is not kept."""

import asyncio
import os
from collections import Counter

from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime.adapters.clock import SharedClock
from palaver_runtime.adapters.redis import limits
from palaver_runtime.adapters.redis.presence import RedisPresence
from palaver_runtime.adapters.redis.subscriptions import Subscriptions
from palaver_runtime.adapters.redis.wire import Command
from palaver_runtime.adapters.tokens import claims
from palaver_runtime.dialects import _sockets
from palaver_runtime.domain.errors import NotFound, Unavailable


@mutant("faults.redis.restart", "typing to cross instances again", tier=Tier.FAULTS, instances=2)
def does_not_subscribe_again() -> None:
    """After Redis was away, nothing is listened to any more."""
    listen, changes = Subscriptions._listen, Subscriptions._changes
    connections: Counter[Subscriptions] = Counter()

    async def count(self: Subscriptions) -> None:
        connections[self] += 1
        await listen(self)

    def once(self: Subscriptions) -> list[Command]:
        return changes(self) if connections[self] == 1 else []

    Subscriptions._listen = count
    Subscriptions._changes = once


@mutant("faults.instance.ghosts", "to receive presence.offline", tier=Tier.FAULTS, instances=2)
def keeps_the_users_of_dead_instances() -> None:
    """Nobody clears up after an instance that was killed."""

    async def leave(self: RedisPresence, instance: str) -> None:
        """Do nothing."""

    RedisPresence._inherit = leave


@mutant("faults.instance.storm", "to receive session.ready", tier=Tier.FAULTS, instances=2)
def turns_away_whom_it_cannot_let_in_at_once() -> None:
    """Who comes while many others are being let in is not let wait, but refused."""

    class Impatient(asyncio.Semaphore):
        async def acquire(self) -> bool:
            if self.locked():
                raise Unavailable("Too many come at once")
            return await super().acquire()

    def begin(self: _sockets.Sockets[_sockets.Line], *given: object, **named: object) -> None:
        original(self, *given, **named)
        self._admissions = Impatient(_sockets.MAX_ADMISSIONS)

    original = _sockets.Sockets.__init__
    _sockets.Sockets.__init__ = begin


@mutant("faults.database.restart", "a retryable code while the database is down", tier=Tier.FAULTS, instances=2)
def takes_a_lost_database_for_an_empty_one() -> None:
    """While the database is down nothing is there."""
    Unavailable.code = NotFound.code


@mutant("faults.clocks.listing", "the conversations, latest activity first", tier=Tier.FAULTS, instances=2)
def goes_by_its_own_clock() -> None:
    """Each instance tells the time of its machine."""

    async def ignore(self: SharedClock) -> None:
        """Do nothing."""

    SharedClock.compare = ignore


@mutant("faults.clocks.tokens", "refusal UNAUTHORIZED", tier=Tier.FAULTS, instances=2)
def refuses_tokens_from_clocks_that_are_ahead() -> None:
    """By the machine's own clock, a token of the future is not good yet, also where it does not say so."""
    goes_by_its_own_clock.sabotage()
    claims.ISSUED_LEEWAY = claims.LEEWAY


@mutant("faults.clocks.crossing", "instances.limits.cross with clocks apart", tier=Tier.FAULTS, instances=2)
def counts_by_its_own_clock() -> None:
    """Limits over instances go by the clock of whoever counts."""
    offset = os.environ["PALAVER_CLOCK_OFFSET_SECONDS"]
    time = "local time = redis.call('TIME')\n"
    assert time in limits._SPEND
    limits._SPEND = limits._SPEND.replace(time, f"{time}time[1] = time[1] + ({int(offset)})\n")
