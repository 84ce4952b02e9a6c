"""What a message costs the server against members, conversations and instances, and what workers come to.

Each point is a workload of the comparison, with our compiled server alone. One message is under way at a time, until
everybody has it, so that nothing is gathered: it is the dearest way to send, and the plainest to reckon with. Of idle
connections it is what the server does by itself, for users in more and more conversations.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from machine import processor
from versus.building import OURS_COMPILED
from versus.client import LoadClient
from versus.contestants import CONTESTANTS, OURS, Contestant, Running, palaver
from versus.crowd import Crowd
from versus.workloads import MEMORY, PER_CPU, QUIET, RATE, Figures, Workload, coming, resting, spent, steady

from scaling.filling import Conversation, add_conversations, add_members, add_users, bulk

COST: Final = "microseconds"
"""Of the server's processor for each message."""
ELSEWHERE: Final = "elsewhere"
"""The same of the instances on which nobody is who is to have the message."""
IDLE: Final = "milliseconds"
"""Of the server's processor for each second in which nobody says anything."""
WORKERS: Final = "workers"
BUSY: Final = "server_load"
"""How many processors the server has used."""
CONNECTED: Final = 1_000
"""How many connections are idle."""
IDLE_SECONDS: Final = 25.0
"""How long they are watched, if a round of all else takes a second: each is pinged once, and a heart beats 12 times."""

SERVERS: Final[Mapping[str, Contestant]] = {
    OURS: CONTESTANTS[OURS],
    WORKERS: Contestant(
        title="palaver serve --workers",
        does=CONTESTANTS[OURS].does,
        leaves_out="nothing",
        start=palaver(str(OURS_COMPILED), workers=True),
        spreads=True,
        spans=True,
    ),
}

Furnish = Callable[[str, Running], Awaitable[None]]


@dataclass(frozen=True)
class Series:
    """Workloads that differ in one number. `figures` are those that are told of; `flat` says which must not grow."""

    title: str
    unit: str
    points: Mapping[int, Workload]
    figures: tuple[str, ...] = (COST,)
    flat: bool = False
    """Whether a message is to cost the same where there are more."""
    server: str = OURS


async def one_by_one(load: LoadClient, running: Running, seconds: float) -> Figures:
    """Have one member send, the next message when everybody has the one before."""
    before = [processor(each.pid).ran for each in running.instances]
    answer = await load.tell(f"fan {seconds} 1 1")
    used = [processor(each.pid).ran - then for each, then in zip(running.instances, before, strict=True)]
    cost = 1e6 * answer.server_seconds / answer.sent
    # The first one's connections send and are sent to. What the load client does to warm up is in all shares alike.
    return {COST: cost, ELSEWHERE: cost * sum(used[1:]) / sum(used)}


async def idling(load: LoadClient, running: Running, seconds: float) -> Figures:
    """Have everybody connect and say nothing; once that is done, see what the server does all by itself."""
    found = await resting(load, running, seconds)
    before, since = spent(running), time.monotonic()
    await asyncio.sleep(seconds)
    return {**found, IDLE: 1000 * (spent(running) - before) / (time.monotonic() - since)}


def _room(members: int, **changes: object) -> Workload:
    usual = Workload(
        title=f"a room of {members}",
        unit="messages",
        crowd=Crowd(members, members),
        contestants=(OURS,),
        figures=(COST,),
        round=one_by_one,
        prepare=("open 50", "join", QUIET),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def _away(number: int) -> Furnish:
    """Have so many be members of the room who are not connected."""

    async def furnish(url: str, running: Running) -> None:
        names = [f"away {each}" for each in range(number)]
        async with bulk(url) as add:
            await add_users(add, names)
            await add_members(add, running.conversations[0], names)

    return furnish


def _conversations(number: int, *who: str) -> Furnish:
    """Have so many other conversations be there, of users who are not connected, or of some with each of them."""

    async def furnish(url: str, _running: Running) -> None:
        names = [f"other {each}" for each in range(number)]
        talks = [(Conversation(f"{each:024x}", 1), [name, *who]) for each, name in enumerate(names)]
        async with bulk(url) as add:
            await add_users(add, names)
            await add_conversations(add, talks)

    return furnish


def idle(connections: int, conversations: int) -> Workload:
    """Give what has so many connections, each of a user who is in so many conversations and alone there."""
    crowd = Crowd(connections, 1)

    async def furnish(url: str, _running: Running) -> None:
        # They come with one.
        names = [user for user in crowd.users for _ in range(conversations - 1)]
        async with bulk(url) as add:
            await add_conversations(add, [(Conversation(f"{each:024x}", 1), [name]) for each, name in enumerate(names)])

    return Workload(
        title=f"{connections} idle connections",
        unit="connections",
        crowd=crowd,
        contestants=(OURS,),
        figures=(IDLE, MEMORY),
        round=idling,
        fresh=True,
        warm_ups=0,
        longer=IDLE_SECONDS,
        furnish=furnish,
    )


def _worked(title: str, unit: str, crowd: Crowd, command: str) -> Series:
    prepare = () if command == "open" else ("open 50", "join", QUIET)
    points = {
        number: Workload(
            title=title,
            unit=unit,
            crowd=crowd,
            contestants=(WORKERS,),
            figures=(RATE, PER_CPU, BUSY),
            round=coming if command == "open" else steady(command),
            prepare=prepare,
            instances=number,
        )
        for number in (1, 2)
    }
    return Series(f"workers: {title}", unit, points, (RATE, PER_CPU, BUSY), server=WORKERS)


SERIES: Final[Mapping[str, Series]] = {
    "members": Series(
        "members of the room, all connected",
        "members",
        {number: _room(number, longer=2.5 if number > 100 else 1.0) for number in (2, 10, 100, 500, 1000)},
    ),
    "members-away": Series(
        "members of the room, two of whom are connected",
        "members",
        {number: _room(2, furnish=_away(number - 2)) for number in (2, 100, 1000)},
        flat=True,
    ),
    "conversations": Series(
        "conversations in the database",
        "conversations",
        {number: _room(2, furnish=_conversations(number)) for number in (1, 1000, 100_000)},
        flat=True,
    ),
    "conversations-own": Series(
        "conversations of each of the two who talk",
        "conversations",
        {number: _room(2, furnish=_conversations(number, "user 0", "user 1")) for number in (1, 100, 5000)},
        flat=True,
    ),
    "conversations-connected": Series(
        "conversations of two who are connected, in one of which they talk",
        "conversations",
        {number: _room(2, crowd=Crowd(2 * number, 2)) for number in (1, 100, 1000)},
        flat=True,
    ),
    "instances-apart": Series(
        "instances, each with a room of 50 who are all connected to it, in one of which they talk",
        "instances",
        {
            number: _room(50, crowd=Crowd(50 * number, 50, apart=True), instances=number, figures=(COST, ELSEWHERE))
            for number in (1, 2, 4)
        },
        (COST, ELSEWHERE),
    ),
    "instances-spread": Series(
        "instances over which the members of a room of 100 are spread",
        "instances",
        {number: _room(100, instances=number) for number in (1, 2, 4)},
    ),
    "idle": Series(
        f"conversations of each of the users of {CONNECTED:,} idle connections",
        "conversations",
        {number: idle(CONNECTED, number) for number in (1, 20, 100)},
        (IDLE, MEMORY),
    ),
    "workers-ping": _worked("acknowledged round trips, 50 clients", "round trips", Crowd(50, 1), "ping {seconds}"),
    "workers-connect": _worked("connections set up, 50 at a time", "connections", Crowd(500, 1), "open"),
    "workers-fan": _worked(
        "deliveries to a room of 100, 20 senders, 32 messages under way",
        "deliveries",
        Crowd(100, 100),
        "fan {seconds} 20 32",
    ),
}

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "members": ("members", "members-away"),
    "conversations": ("conversations", "conversations-own", "conversations-connected"),
    "instances": ("instances-apart", "instances-spread"),
    "idle": ("idle",),
    "workers": ("workers-ping", "workers-connect", "workers-fan"),
}
"""What can be measured by itself."""
