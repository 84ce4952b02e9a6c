"""Starting servers for the time of a run, and stopping them whatever happens."""

import asyncio
import os
import shlex
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from palaver_conformance.errors import Failure, Unreachable, UsageError
from palaver_conformance.subject import Subject

_RETRY = 0.1
_GRACE = 5.0
_TAIL = 20


def commands(template: str, instances: int) -> list[tuple[list[str], str]]:
    """Return, for each instance, its argument list and address; `{port}` and `{instance}` are filled in.

    Raises UsageError when the template cannot be used.
    """
    if "{port}" not in template:
        raise UsageError("--launch needs {port} in its command, where the server is told which port to take")
    try:
        words = shlex.split(template)
    except ValueError as error:
        raise UsageError(f"--launch cannot be read: {error}") from error
    made = []
    for number in range(1, instances + 1):
        port = str(_free_port())
        filled = [word.replace("{port}", port).replace("{instance}", str(number)) for word in words]
        made.append((filled, f"http://127.0.0.1:{port}"))
    return made


@asynccontextmanager
async def launched(arguments: Sequence[Sequence[str]]) -> AsyncIterator["Launched"]:
    """Start a process for each list of arguments; each is stopped, with its children, on the way out.

    Raises Unreachable when one cannot be started.
    """
    processes: list[asyncio.subprocess.Process] = []
    with tempfile.TemporaryDirectory(prefix="conform-") as folder:
        logs = [Path(folder) / f"{number}.log" for number in range(len(arguments))]
        try:
            for words, log in zip(arguments, logs, strict=True):
                processes.append(await _start(words, log))
            yield Launched(processes, logs)
        finally:
            await asyncio.shield(_stop(processes))


class Launched:
    """Processes that are running."""

    def __init__(self, processes: Sequence[asyncio.subprocess.Process], logs: Sequence[Path]) -> None:
        self._processes = processes
        self._logs = logs

    @property
    def groups(self) -> list[int]:
        """The process groups, one for each server: a server's children are in its group."""
        return [process.pid for process in self._processes]

    async def ready(self, subject: Subject) -> None:
        """Wait until all of them answer; raises Unreachable, with the end of the log, when one does not."""
        deadline = asyncio.get_running_loop().time() + subject.timing.launch
        while True:
            try:
                await subject.reach(subject.timing.connect)
            except (Unreachable, Failure) as error:
                for process, log in zip(self._processes, self._logs, strict=True):
                    if process.returncode is not None:
                        ended = f"the launched server ended with exit code {process.returncode}"
                        raise Unreachable(f"{ended}\n{_tail(log)}") from error
                if asyncio.get_running_loop().time() > deadline:
                    waited = f"the launched server did not answer within {subject.timing.launch:g} s: {error}"
                    raise Unreachable(f"{waited}\n{_tail(self._logs[0])}") from error
                await asyncio.sleep(_RETRY)
            else:
                return


async def _start(words: Sequence[str], log: Path) -> asyncio.subprocess.Process:
    with log.open("wb") as output:
        try:
            return await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except OSError as error:
            raise Unreachable(f"{words[0]!r} cannot be started: {error}") from error


async def _stop(processes: Sequence[asyncio.subprocess.Process]) -> None:
    for process in processes:
        _signal(process, signal.SIGTERM)
    for process in processes:
        try:
            async with asyncio.timeout(_GRACE):
                await process.wait()
        except TimeoutError:
            _signal(process, signal.SIGKILL)
            await process.wait()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Send a signal to the process and its children: it leads a process group of its own."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]
    return "\n".join(f"  | {line}" for line in lines)
