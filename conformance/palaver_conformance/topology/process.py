"""One server process that can be stopped, killed, frozen and started again, always with the same command."""

import asyncio
import os
import secrets
import signal
import socket
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from palaver_conformance.errors import Unreachable

LOOPBACK = "127.0.0.1"
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""Where Linux says which ports it gives to those who ask for any, and to connections."""

_GRACE = 10.0
_TAIL = 20

# Below are the ports of services that people know by their numbers.
_LOWEST = 10_000
# Where it is no Linux, or one that gives away nearly all ports.
_USUAL = 32_768
_ATTEMPTS = 1000
_HOLD = 200
_held: deque[int] = deque()


@dataclass(frozen=True)
class Identity:
    """The operating-system user that a process runs as; None is the current one."""

    user: int | None = None
    group: int | None = None

    def own(self, folder: Path) -> None:
        """Give a folder to this user."""
        if self.user is not None and self.group is not None:
            os.chown(folder, self.user, self.group)

    @property
    def becoming(self) -> Callable[[], None] | None:
        """What a new process does before its command, to be this user: a `preexec_fn`, as uvloop knows no `user`."""
        return self._become if self.user is not None else None

    def _become(self) -> None:
        assert self.user is not None
        assert self.group is not None
        os.setgroups([])
        os.setgid(self.group)
        os.setuid(self.user)


@dataclass
class Process:
    """A command that runs as the leader of a process group of its own.

    `environment` is added to the caller's. All output goes to `log`. `quit` is the signal that asks it to end.
    """

    name: str
    words: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    identity: Identity = Identity()
    quit: signal.Signals = signal.SIGTERM
    _running: asyncio.subprocess.Process | None = field(default=None, init=False)

    @property
    def group(self) -> int:
        """The process group: the server's children are in it, unless they chose otherwise."""
        if self._running is None:
            raise Unreachable(f"{self.name} was never started")
        return self._running.pid

    @property
    def returncode(self) -> int | None:
        """How the process ended; None while it runs, and before the first start."""
        return self._running.returncode if self._running is not None else None

    @property
    def alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self._running is not None and self._running.returncode is None

    async def start(self) -> None:
        """Start the command unless it runs; raises Unreachable when it cannot be started."""
        if self.alive:
            return
        with self.log.open("ab") as output:
            try:
                self._running = await asyncio.create_subprocess_exec(
                    *self.words,
                    cwd=self.folder,
                    env={**os.environ, **self.environment},
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    preexec_fn=self.identity.becoming,
                )
            except OSError as error:
                raise Unreachable(
                    f"{self.words[0]!r} cannot be started: {error.strerror}; name a program that is there, or on PATH"
                ) from error

    async def stop(self) -> None:
        """Ask it to end, and insist after a while."""
        self.resume()
        self._signal(self.quit)
        try:
            async with asyncio.timeout(_GRACE):
                await self._ended()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it at once, with all its children: it cannot tidy up."""
        for member in self._family():
            _send(member, signal.SIGKILL)
        self._signal(signal.SIGKILL)
        await self._ended()

    def pause(self) -> None:
        """Freeze it, with all its children: its connections stay open and silent."""
        for member in self._family():
            _send(member, signal.SIGSTOP)
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after a pause."""
        self._signal(signal.SIGCONT)
        for member in self._family():
            _send(member, signal.SIGCONT)

    def tail(self) -> str:
        """Return the last lines of its output."""
        if not self.log.exists():
            return "  | (it printed nothing)"
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]
        return "\n".join(f"  | {line}" for line in lines or ["(it printed nothing)"])

    def _signal(self, number: signal.Signals) -> None:
        if self._running is not None and self._running.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, number)

    def _family(self) -> list[int]:
        """Return the descendants: PostgreSQL gives each of its children a group of its own.

        Where the system does not tell them (it is no Linux), the process group is all that is reached.
        """
        if not self.alive:
            return []
        found: list[int] = []
        waiting = [self.group]
        while waiting:
            parent = waiting.pop()
            try:
                children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
            except OSError:
                continue
            waiting += map(int, children)
            found += map(int, children)
        return found

    async def _ended(self) -> None:
        if self._running is not None:
            await self._running.wait()


def _send(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on, and that nobody gets who asks for any.

    It is not given again while this process holds it, which it does for the next so many: neither here nor by another
    process that asks as this one does.
    """
    for _ in range(_ATTEMPTS):
        port = _LOWEST + secrets.randbelow(_any_port_from() - _LOWEST)
        # What the server will want is a TCP port. The UDP port of the same number says to others that it is spoken for.
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind((LOOPBACK, port))
            with socket.socket() as probe:
                probe.bind((LOOPBACK, port))
        except OSError:
            claim.close()
        else:
            _held.append(claim.detach())
            if len(_held) > _HOLD:
                os.close(_held.popleft())
            return port
    raise Unreachable("no port of the loopback interface is free")


def _any_port_from() -> int:
    """Return the first of the ports that the system gives to those who ask for any."""
    try:
        first = int(RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return _USUAL
    return first if first > _LOWEST + _HOLD else _USUAL


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection, whatever state it is in."""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def listening(process: Process, port: int, patience: float) -> None:
    """Wait until somebody accepts connections on the port.

    Raises Unreachable, with the end of the log, when the process ends first or takes too long.
    """
    try:
        async with asyncio.timeout(patience):
            while True:
                try:
                    _, writer = await asyncio.open_connection(LOOPBACK, port)
                except OSError:
                    if not process.alive:
                        ended = f"{process.name} ended with exit code {process.returncode}"
                        raise Unreachable(f"{ended}\n{process.tail()}") from None
                    await asyncio.sleep(0.02)
                else:
                    await hang_up(writer)
                    return
    except TimeoutError:
        raise Unreachable(f"{process.name} did not listen within {patience:g} s\n{process.tail()}") from None
