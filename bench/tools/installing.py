"""Peers are installed at the first use: packages of Node.js and of Python, each as its lock says and beside it."""

import asyncio
import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Final

from surroundings import packages

PEERS: Final = Path(__file__).parent / "peers"
NODE_PROGRAMS: Final = PEERS / "node_modules" / ".bin"
PYTHON_PROGRAMS: Final = PEERS / ".venv" / "bin"


def install() -> None:
    """Install what is not there yet; raise RuntimeError with the reason if that is not possible."""
    asyncio.run(packages(PEERS))
    _install_python(PEERS)


def _install_python(folder: Path) -> None:
    lock, place = folder / "requirements.txt", folder / ".venv"
    stamp = place / ".palaver-stamp"
    wanted = f"{sys.version} {hashlib.sha256(lock.read_bytes()).hexdigest()}"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    uv = Path(sys.executable).with_name("uv")
    _do(uv, "venv", "--quiet", "--clear", "--python", sys.executable, place)
    _do(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", place / "bin" / "python", lock)
    stamp.write_text(wanted)


def _do(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}:\n{done.stderr}")
