"""Commands of the tester's own that are run beside the server: to forget what was stored, or to make a token."""

import asyncio
import os
import shlex
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from palaver_conformance.commandline import CommandLine
from palaver_conformance.errors import Unreachable

_TAIL = 20


@dataclass(frozen=True)
class Hook:
    """A command, and how it is called in messages."""

    what: str
    command: CommandLine

    async def run(self, values: Mapping[str, str], patience: float) -> str:
        """Run it with the values in their places, and return what it printed to standard output.

        Raises Unreachable, with the end of its output, when it cannot be started, fails or takes too long.
        """
        words, environment = self.command.filled(values)
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                cwd=self.command.folder,
                env={**os.environ, **environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise Unreachable(f"{self.what}: {shlex.quote(words[0])} cannot be started: {error.strerror}") from error
        try:
            async with asyncio.timeout(patience):
                printed, complained = await process.communicate()
        except TimeoutError:
            raise Unreachable(f"{self.what} did not end within {patience:g} s") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        text = printed.decode(errors="replace")
        if process.returncode != 0:
            lines = [*text.splitlines(), *complained.decode(errors="replace").splitlines()][-_TAIL:]
            told = "".join(f"\n  | {line}" for line in lines)
            raise Unreachable(f"{self.what} ended with exit code {process.returncode}{told}")
        return text
