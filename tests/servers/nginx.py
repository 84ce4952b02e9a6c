"""A real nginx that serves what deploy/nginx says, on free ports.

It is the one on PATH or, without root, that of the distribution's package: fetched by apt, unpacked into the cache
folder of the user, and kept there.
"""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx"
START_TIMEOUT = 60.0
STOP_TIMEOUT = 30.0
FETCH_TIMEOUT = 180.0

_MAIN = """daemon off;
pid {folder}/nginx.pid;
error_log stderr notice;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {included}
}}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx, and the file of all that it has logged."""

    log: Path

    @property
    def logged(self) -> str:
        """What it has logged so far."""
        return self.log.read_text()

    async def until(self, text: str) -> None:
        """Wait until it has logged a text: it does so after it has answered."""
        async with asyncio.timeout(START_TIMEOUT):
            while True:
                if text in self.logged:
                    return
                await asyncio.sleep(0.01)


def program() -> str:
    """Find or fetch nginx; without any the test is skipped, with the reason."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found:
        return found
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "palaver-tests" / "nginx"
    if not cache.is_dir():
        _fetch(cache)
    unpacked = cache / "usr" / "sbin" / "nginx"
    if not _runs(unpacked):
        pytest.skip("there is no nginx on PATH, and the one of the package does not run here")
    return str(unpacked)


@asynccontextmanager
async def nginx(files: Mapping[str, str]) -> AsyncIterator[Nginx]:
    """Run nginx with these configurations by name; each that ends in .conf but location.conf is one of `http`.

    nginx checks them (`-t`) before it starts; what it refuses is in the error. Leaving stops it.
    """
    with tempfile.TemporaryDirectory(prefix="palaver-nginx-") as name:
        folder = Path(name)
        # Below the superuser the workers are nobody's.
        folder.chmod(0o755)
        for file, text in files.items():
            (folder / file).write_text(text)
        included = "\n    ".join(f"include {file};" for file in files if file != "location.conf")
        (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, included=included))
        command = [program(), "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
        _checked([*command, "-t"], folder)
        log = folder / "log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            await _started(process, log)
            yield Nginx(log)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_TIMEOUT)
            except TimeoutError:
                process.kill()
                await process.wait()


def _checked(command: list[str], folder: Path) -> None:
    tried = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if tried.returncode:
        raise AssertionError(f"nginx refuses its configuration:\n{tried.stderr}")


async def _started(process: asyncio.subprocess.Process, log: Path) -> None:
    """Wait for its first worker; it listens before it makes one."""
    try:
        async with asyncio.timeout(START_TIMEOUT):
            while "start worker process " not in log.read_text():
                if process.returncode is not None:
                    raise AssertionError(f"nginx ended:\n{log.read_text()}")
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"nginx did not start:\n{log.read_text()}") from None


def _fetch(cache: Path) -> None:
    """Unpack the package of nginx into a folder; skips the test where there is no apt or nothing to be had."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        pytest.skip("there is no nginx on PATH: install it from your package manager")
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.parent) as name:
        folder = Path(name)
        # Lists of its own: those of the machine may be old or absent, and belong to the superuser.
        for each in ("lists/partial", "cache/archives/partial", "unpacked"):
            (folder / each).mkdir(parents=True)
        apt = ["apt-get", "-qq", "-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache"]
        apt += ["-o", "APT::Sandbox::User="]
        for step in ([*apt, "update"], [*apt, "download", "nginx"]):
            try:
                done = subprocess.run(step, cwd=folder, capture_output=True, text=True, timeout=FETCH_TIMEOUT)
            except subprocess.TimeoutExpired:
                pytest.skip(f"there is no nginx on PATH, and apt-get {step[-1]} took too long")
            if done.returncode:
                pytest.skip(f"there is no nginx on PATH, and apt has none: {done.stderr.strip().splitlines()[-1:]}")
        (package,) = folder.glob("nginx_*.deb")
        subprocess.run(["dpkg-deb", "--extract", package, folder / "unpacked"], check=True, timeout=FETCH_TIMEOUT)
        # Another run may have been quicker.
        with suppress(OSError):
            (folder / "unpacked").rename(cache)


def _runs(path: Path) -> bool:
    try:
        return subprocess.run([path, "-v"], capture_output=True).returncode == 0
    except OSError:
        return False
