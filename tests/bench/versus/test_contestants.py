"""Contestants are what they are called."""

from pathlib import Path

import psutil
import pytest
from surroundings import redis
from versus.building import OURS_COMPILED, build_ours
from versus.contestants import CONTESTANTS, OURS, Setting, Storage, palaver
from versus.crowd import Crowd


@pytest.mark.parametrize(("name", "compiled"), [(OURS, True), ("interpreted", False)])
async def test_ours_is_compiled_and_the_other_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, compiled: bool
) -> None:
    """Whatever is on the caller's path, the memory of the one has the extensions, and that of the other has not."""
    build_ours(lambda: None)
    monkeypatch.setenv("PYTHONPATH", "" if compiled else str(OURS_COMPILED))
    setting = Setting(Crowd(1, 1), Storage.SQLITE, f"sqlite:///{tmp_path}/bench.db", None, tmp_path)
    async with CONTESTANTS[name].start(setting, 1) as running:
        (one,) = running.instances
        assert (f"{OURS_COMPILED}/" in Path(f"/proc/{one.pid}/maps").read_text()) is compiled


async def test_workers_are_measured_with_who_watches_over_them(tmp_path: Path) -> None:
    """One port, and a process for each worker and one that serves nobody."""
    with redis() as redis_url:
        setting = Setting(Crowd(1, 1), Storage.SQLITE, f"sqlite:///{tmp_path}/bench.db", redis_url, tmp_path)
        async with palaver("", workers=True)(setting, 2) as running:
            first, *workers = running.instances
            assert len(workers) == 2
            assert {each.port for each in workers} == {first.port}
            assert {psutil.Process(each.pid).ppid() for each in workers} == {first.pid}
