"""The machine is looked at."""

import platform
import socket
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest

from palaver_runtime.doctor import machine
from palaver_runtime.doctor.finding import Level
from palaver_runtime.settings import Settings

Usage = namedtuple("Usage", ["free"])


@pytest.mark.parametrize(("soft", "level"), [(100, Level.ERROR), (1024, Level.WARNING), (65_536, Level.OK)])
def test_open_files_are_judged(soft: int, level: Level) -> None:
    """Each connection is one."""
    assert machine.judged_files(soft, 65_536).level is level


def test_python_is_told_with_the_build() -> None:
    """These tests are of the sources; tests/supply/test_compiled.py asks the other one."""
    (found,) = [each for each in machine.look(Settings(), {}) if each.name == "Python"]
    assert found.level is Level.OK
    assert found.text.startswith(f"{platform.python_version()}; this build of the server is not compiled")


def test_ports_are_tried() -> None:
    """One that is taken is worth a look, as the server itself may have it; nothing listens afterwards."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken, closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        ports = {"taken": taken.getsockname()[1], "free": 0}
        found = {each.name: each for each in machine.look(Settings(), ports)}
    assert found["port of taken"].level is Level.WARNING
    assert found["port of free"].level is Level.OK
    elsewhere = {each.name: each for each in machine.look(Settings(host="192.0.2.1"), {"free": 0})}
    assert elsewhere["port of free"].level is Level.WARNING


@pytest.mark.parametrize(("free", "level"), [(1, Level.ERROR), (2**29, Level.WARNING), (2**33, Level.OK)])
def test_disk_is_judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, level: Level) -> None:
    """Where the file of the database is."""
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path: Usage(free))
    found = list(machine.look(Settings(database_url=f"sqlite:///{tmp_path}/palaver.db"), {}))
    assert [each.level for each in found if each.name == "disk"] == [level]


@pytest.mark.parametrize(
    ("available", "limit", "level"),
    [(8_000_000, "max", Level.OK), (8_000_000, "100000000", Level.WARNING), (1_000, "max", Level.WARNING)],
)
def test_memory_is_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, available: int, limit: str, level: Level
) -> None:
    """By what is free, or by what the container may use, whichever is less."""
    (tmp_path / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable: {available} kB\n")
    (tmp_path / "max").write_text(f"{limit}\n")
    monkeypatch.setattr(machine, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "_CGROUP", tmp_path / "max")
    assert [each.level for each in machine.look(Settings(), {}) if each.name == "memory"] == [level]
