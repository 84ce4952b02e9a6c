"""Who has which processor, what a process got of it and had to wait for, and what it holds of the memory."""

import asyncio
import contextlib
import errno
import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_URGENT: Final = -20
_GROUP: Final = Path("/proc/self/autogroup")
_PROBE: Final = 0.002
"""Seconds between two looks at how late a loop is."""


@dataclass(frozen=True)
class Memory:
    """What a process holds, in bytes: the resident set, and its proportional share of that."""

    resident: int
    share: int


@dataclass(frozen=True)
class Processor:
    """Seconds for which the main thread of a process ran, and for which it could have run and was not let."""

    ran: float
    waited: float

    def since(self, earlier: "Processor", seconds: float) -> "Processor":
        """Give the shares of a time in which it ran and in which it waited."""
        return Processor((self.ran - earlier.ran) / seconds, (self.waited - earlier.waited) / seconds)


def memory(pid: int) -> Memory:
    """Read what a process holds, as /proc has it: takes milliseconds, in which that process cannot have memory."""
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        found[name] = int(rest.split()[0]) * 1024
    return Memory(found["Rss"], found["Pss"])


def resident(pid: int) -> int:
    """Read the resident set of a process in bytes, which disturbs nobody."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def processor(pid: int) -> Processor:
    """Read what the main thread of a process has had of a processor until now."""
    ran, waited, _ = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()
    return Processor(int(ran) / 1e9, int(waited) / 1e9)


def divided() -> tuple[set[int], set[int]]:
    """Divide the processors that there are: one for the server, the others for those who talk to it.

    Where there is but one, all share it.
    """
    every = sorted(os.sched_getaffinity(0))
    return ({every[0]}, set(every[1:])) if len(every) > 1 else ({every[0]}, {every[0]})


def give_way() -> None:
    """Run from now on only when nobody else on the processor wants to."""
    os.setpriority(os.PRIO_PROCESS, 0, 19)
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def go_first() -> None:
    """Have this session go before the others on this machine from now on; raise PermissionError for who may not."""
    os.setpriority(os.PRIO_PROCESS, 0, _URGENT)
    _weigh_session(_URGENT)


@contextlib.contextmanager
def going_first(*pids: int) -> Iterator[None]:
    """Have this session and processes of it go before the others while the block runs, if that is allowed."""
    every = (0, *pids)
    before = [os.getpriority(os.PRIO_PROCESS, each) for each in every]
    try:
        with contextlib.suppress(PermissionError):
            for each in every:
                os.setpriority(os.PRIO_PROCESS, each, _URGENT)
            _weigh_session(_URGENT)
        yield
    finally:
        with contextlib.suppress(PermissionError):
            for each, usual in zip(every, before, strict=True):
                os.setpriority(os.PRIO_PROCESS, each, usual)
            _weigh_session(before[0])


def _weigh_session(priority: int) -> None:
    """Have the priority hold among sessions, too, where Linux groups processes by them; raise PermissionError."""
    with contextlib.suppress(FileNotFoundError):
        try:
            _GROUP.write_text(str(priority))
        except OSError as error:
            # Who never left the first session of a machine or container shares the group of all, which has no priority.
            if error.errno != errno.EINVAL:
                raise


@contextlib.asynccontextmanager
async def lateness() -> AsyncIterator[list[tuple[float, float]]]:
    """Look while the block runs how late this loop is: the moments, as time.monotonic() tells, and seconds."""
    found: list[tuple[float, float]] = []

    async def look() -> None:
        while True:
            due = time.monotonic() + _PROBE
            await asyncio.sleep(_PROBE)
            found.append((due, max(0.0, time.monotonic() - due)))

    looking = asyncio.create_task(look())
    try:
        yield found
    finally:
        looking.cancel()
