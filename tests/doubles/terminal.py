"""A reader's terminal: what is typed there is run, what serves goes on beside it, and all ends with the terminal."""

import asyncio
import io
import os
import re
import shlex
import signal
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Self
from unittest.mock import patch

from palaver.__main__ import main

PATIENCE = 240.0
START_TIMEOUT = 60.0
STOP_TIMEOUT = 30.0

SERVES = re.compile(
    r"(?:^|&& )(?:\w+=\S* )*(?:(?:\S*/)?palaver (?:serve|mock|cluster)"
    r"|make (?:-C \S+ |\w+=\S* )*(?:run|run-all|run-cluster)|npm run dev)(?:\s|$)"
)
"""What does not end by itself."""

_READY = re.compile(r"Stop with Ctrl-C|^\s*➜\s+Local:\s+http")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_BY_ITSELF = re.compile(r"(?:\.venv/bin/)?palaver (?!conform |new )(?P<rest>[^|&;<>$`]*)")
"""A call of palaver and nothing else, which starts nothing that lives on: it is run in this process, in a moment."""

_FOREIGN = ("PALAVER", "PYTHON", "PYTEST", "MAKE", "ARGS", "PORT", "SPEC", "URL")


class Terminal:
    """A shell in a folder, with `palaver` on PATH and none of the caller's settings.

    `cd` and `export` last.
    """

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        # Nobody waits for what is still under way when a server is stopped.
        ours = {"PATH": path, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "PALAVER_SHUTDOWN_SECONDS": "1"}
        self.variables = {**kept, **ours, **variables}
        self._served: list[Served] = []
        self._done: list[str] = []

    async def close(self) -> None:
        """End what it serves, the last first."""
        while self._served:
            served = self._served.pop()
            await served.stop()
            self._done.append(served.printed)

    @property
    def printed(self) -> str:
        """All that was printed so far: by what was run, and by what serves or did."""
        return "".join([*self._done, *(each.printed for each in self._served)])

    async def type(self, command: str) -> tuple[int, str]:
        """Run a command; give its exit code and what it printed. What serves is ready then, and its code is 0."""
        if SERVES.search(command):
            served = await Served.started(self.folder, command, self.variables)
            self._served.append(served)
            return 0, served.printed
        code, printed = await self._ended(command)
        self._done.append(printed)
        return code, printed

    async def _ended(self, command: str) -> tuple[int, str]:
        if palaver := _BY_ITSELF.fullmatch(command):
            return await asyncio.to_thread(self._call, shlex.split(palaver["rest"]))
        return await self._run(command)

    def _call(self, arguments: list[str]) -> tuple[int, str]:
        printed = io.StringIO()
        with (
            chdir(self.folder),
            patch.dict(os.environ, self.variables, clear=True),
            patch("sys.stdin", io.StringIO()),
            redirect_stdout(printed),
            redirect_stderr(printed),
        ):
            try:
                main(arguments)
            except SystemExit as ended:
                return int(ended.code or 0), printed.getvalue()
        return 0, printed.getvalue()

    async def _run(self, command: str) -> tuple[int, str]:
        state = self.folder / ".terminal"
        lasting = f'{command}\ncode=$?; {{ pwd; env -0; }} > "{state}"; exit $code'
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", lasting if re.search(r"(?:^|&& )(?:cd|export) ", command) else command),
            cwd=self.folder,
            env=self.variables,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            raise
        if state.exists():
            where, _, variables = state.read_text().partition("\n")
            state.unlink()
            self.folder = Path(where)
            self.variables = dict(each.split("=", 1) for each in variables.split("\0") if "=" in each)
        assert process.returncode is not None
        return process.returncode, _COLOURS.sub("", output.decode(errors="replace"))


class Served:
    """A command that serves until it is stopped."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lines: list[str] = []
        self._ready = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def started(cls, folder: Path, command: str, variables: dict[str, str]) -> Self:
        """Start it, and wait until it says that it is ready."""
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", command),
            cwd=folder,
            env=variables,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        served = cls(process)
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await served._ready.wait()
        except TimeoutError:
            await served.stop()
            raise AssertionError(f"{command} did not become ready:\n{served.printed}") from None
        if served._reading.done():
            await served.stop()
            raise AssertionError(f"{command} ended:\n{served.printed}")
        return served

    @property
    def printed(self) -> str:
        """What it has printed so far."""
        return "".join(self._lines)

    async def stop(self) -> None:
        """End it with all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                # Whoever it has started has its output, too.
                await self._reading
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            raise AssertionError(f"it did not stop; it printed:\n{self.printed}") from None
        finally:
            await self._process.wait()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for raw in self._process.stdout:
            line = _COLOURS.sub("", raw.decode(errors="replace"))
            self._lines.append(line)
            if _READY.search(line):
                self._ready.set()
        self._ready.set()
