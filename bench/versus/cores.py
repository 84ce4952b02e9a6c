"""Which processor does what: the server that is measured has one for itself, everything else shares another."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cores:
    """The processor of the server that is measured, and that of all else: load client, databases, Redis."""

    server: int
    rest: int

    def take_the_rest(self) -> None:
        """Move this process, and with it all that it will start."""
        os.sched_setaffinity(0, {self.rest})

    def give_to_server(self, pid: int) -> None:
        """Move a process with all of its threads, those too that begin meanwhile."""
        _move(pid, {self.server})

    def give_all(self, pid: int) -> None:
        """Let a process use both."""
        _move(pid, {self.server, self.rest})


def _move(pid: int, where: set[int]) -> None:
    moved: set[int] = set()
    while fresh := {int(each.name) for each in Path(f"/proc/{pid}/task").iterdir()} - moved:
        for thread in fresh:
            os.sched_setaffinity(thread, where)
        moved |= fresh


def cores() -> Cores:
    """Choose among those that this process may use; raise RuntimeError where the comparison makes no sense."""
    if not hasattr(os, "sched_getaffinity"):
        raise RuntimeError("servers are compared on Linux only: the load client needs epoll, and cores are pinned")
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise RuntimeError("servers are compared on two processors at least, one of which is the server's alone")
    return Cores(server=usable[0], rest=usable[1])
