"""Looks at the machine: Python, open files, memory, disk, and ports."""

import os
import platform
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from palaver_runtime.adapters.sql.examination import sqlite_file
from palaver_runtime.compiled import is_compiled
from palaver_runtime.doctor.finding import Finding, error, ok, warning
from palaver_runtime.settings import Settings

AREA = "machine"
_FEW_FILES, _TOO_FEW_FILES = 4_096, 256
_LITTLE_MEMORY = 256 * 1024**2
_LITTLE_DISK, _NO_DISK = 1024**3, 64 * 1024**2
_CGROUP = Path("/sys/fs/cgroup/memory.max")
_MEMINFO = Path("/proc/meminfo")


def look(settings: Settings, ports: Mapping[str, int]) -> Iterator[Finding]:
    """Look at what the machine gives; `ports` are those on which the dialects would be served."""
    yield _python()
    yield from _files()
    yield from _memory()
    yield from _disk(settings)
    for name, port in ports.items():
        yield _port(settings.host, name, port)


def _python() -> Finding:
    kind = "compiled" if is_compiled() else "not compiled, which is the same for more of the processor"
    return ok(AREA, "Python", f"{platform.python_version()}; this build of the server is {kind}")


def _files() -> Iterator[Finding]:
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield judged_files(soft, hard)


def judged_files(soft: int, hard: int) -> Finding:
    """Judge how many files may be open, each connection being one."""
    said = f"{soft:,} may be open, {hard:,} at most; each connection is one"
    remedy = "Raise it: `ulimit -n 65536`, LimitNOFILE=65536 for systemd, `ulimits` for docker."
    if soft < _TOO_FEW_FILES:
        return error(AREA, "open files", said, remedy)
    return warning(AREA, "open files", said, remedy) if soft < _FEW_FILES else ok(AREA, "open files", said)


def _memory() -> Iterator[Finding]:
    try:
        lines = dict(line.split(":", 1) for line in _MEMINFO.read_text(encoding="ascii").splitlines())
        available = int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return
    said = f"{available / 1024**2:,.0f} MB are free"
    limit = _CGROUP.read_text(encoding="ascii").strip() if _CGROUP.exists() else "max"
    if limit.isdigit():
        available = min(available, int(limit))
        said += f", and this container may use {int(limit) / 1024**2:,.0f} MB"
    if available < _LITTLE_MEMORY:
        yield warning(AREA, "memory", said, "Give the server 256 MB or more.")
    else:
        yield ok(AREA, "memory", said)


def _disk(settings: Settings) -> Iterator[Finding]:
    file = sqlite_file(settings.database_url)
    if file is None or not file.parent.is_dir():
        return
    free = shutil.disk_usage(file.parent).free
    said = f"{free / 1024**3:,.1f} GB are free where the database is"
    if free < _NO_DISK:
        yield error(AREA, "disk", said, "Free some, or move the database: nothing can be sent when it is full.")
    elif free < _LITTLE_DISK:
        yield warning(AREA, "disk", said, "Free some, or move the database.")
    else:
        yield ok(AREA, "disk", said)
    if not os.access(file.parent, os.W_OK):
        yield error(AREA, "disk", f"{file.parent} cannot be written to", "Let the server's user write there.")


def _port(host: str, name: str, port: int) -> Finding:
    """Try to listen, as the server would."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as problem:
            said = f"{port} on {host} cannot be listened on: {problem.strerror or problem}"
            return warning(
                AREA, f"port of {name}", said, "If that is not this server, already running: choose another."
            )
    return ok(AREA, f"port of {name}", f"{port} on {host} is free")
