"""Contestants take turns at a workload: A B C A B C, so that what else the machine does falls on all."""

import os
import resource
import tempfile
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from surroundings import database, in_memory, redis

from versus.building import LOAD_CLIENT, build
from versus.client import LoadClient, LoadError, load_client
from versus.contestants import CONTESTANTS, Contestant, Running, Setting, Storage
from versus.cores import Cores
from versus.crowd import write_people
from versus.programs import StartError
from versus.workloads import Figures, Workload

WARM_UP: Final = 3.0
"""Of the time of a round; it is not counted. Node.js is at its best only after it."""


@dataclass(frozen=True)
class Place:
    """Where races take place."""

    cores: Cores
    load: Path
    """The compiled load client."""
    scratch: Path


@contextmanager
def opened(cores: Cores) -> Iterator[Place]:
    """Make a place: many open files, the load client, and a folder; this process moves to the rest of the cores."""
    # Each connection is an open file, here and in the servers, which inherit the limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    cores.take_the_rest()
    with tempfile.TemporaryDirectory(prefix="palaver-bench-") as scratch:
        yield Place(cores, build(LOAD_CLIENT, Path(scratch)), Path(scratch))


@dataclass
class Outcome:
    """What each contestant did, round by round, and what kept some from doing it."""

    rounds: dict[str, list[Figures]]
    failures: dict[str, str]
    seconds: float
    """How long each turn was meant to take."""
    load: float
    """How many processes wanted a processor in the minute before: 0 where nobody else was at work."""
    anew: bool = False
    """Whether everybody was started for each round."""


def entered(workload: Workload, against: Collection[str]) -> list[str]:
    """Give who takes part, ours first; `against` names peers."""
    ours, *peers = workload.contestants
    return [ours, *(each for each in peers if each in against)]


@asynccontextmanager
async def at_start(
    contestant: Contestant, workload: Workload, place: Place
) -> AsyncIterator[tuple[LoadClient, Running]]:
    """Run a contestant, with a load client of its own whose crowd is where the workload begins."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=place.scratch)))
        if workload.storage is Storage.NONE:
            url = f"sqlite:///{stack.enter_context(in_memory())}/bench.db"
        else:
            url = stack.enter_context(database(workload.storage))
        redis_url = stack.enter_context(redis()) if workload.instances > 1 else None
        setting = Setting(workload.crowd, workload.storage, url, redis_url, folder)
        running = await stack.enter_async_context(contestant.start(setting, workload.instances))
        if workload.furnish is not None:
            await workload.furnish(url, running)
        for each in running.instances:
            if contestant.spans:
                place.cores.give_all(each.pid)
            else:
                place.cores.give_to_server(each.pid)
        people = folder / "people"
        write_people(workload.crowd, running.conversations, people)
        ports = list(dict.fromkeys(each.port for each in running.instances))
        pids = [each.pid for each in running.instances]
        load = await stack.enter_async_context(load_client(place.load, ports, pids, people))
        for command in workload.prepare:
            await load.tell(command)
        yield load, running


@asynccontextmanager
async def _warm(
    contestant: Contestant, workload: Workload, place: Place, seconds: float
) -> AsyncIterator[tuple[LoadClient, Running]]:
    """Run a contestant that has done what does not count, in rounds of so many seconds."""
    async with at_start(contestant, workload, place) as (load, running):
        for _ in range(workload.warm_ups):
            # What a compiler at run time has not seen yet is slow once.
            await workload.round(load, running, seconds)
        yield load, running


async def race(
    workload: Workload,
    names: Iterable[str],
    rounds: int,
    seconds: float,
    place: Place,
    tell: Callable[[str], None],
    known: Mapping[str, Contestant] = CONTESTANTS,
    *,
    anew: bool = False,
) -> Outcome:
    """Run a workload. Who fails is out of it, and the outcome says why; the others go on. `known` has who is named.

    `anew` starts everybody for each round, as a workload does that asks for servers that have done nothing yet.
    """
    seconds *= workload.longer
    anew = anew or workload.fresh
    outcome = Outcome({}, {}, seconds, round(os.getloadavg()[0], 1), anew)
    left = list(names)
    started: dict[str, tuple[LoadClient, Running]] = {}
    async with AsyncExitStack() as stack:
        for number in range(rounds):
            for name in tuple(left):
                tell(f"{name}, round {number + 1} of {rounds}")
                try:
                    if anew:
                        async with _warm(known[name], workload, place, WARM_UP * seconds) as (load, running):
                            figures = await workload.round(load, running, seconds)
                    else:
                        if name not in started:
                            opening = _warm(known[name], workload, place, WARM_UP * seconds)
                            started[name] = await stack.enter_async_context(opening)
                        figures = await workload.round(*started[name], seconds)
                except (LoadError, StartError) as problem:
                    outcome.failures[name] = str(problem)
                    left.remove(name)
                else:
                    outcome.rounds.setdefault(name, []).append(figures)
    return outcome
