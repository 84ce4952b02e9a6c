"""Contestants are what they are called."""

from pathlib import Path

import pytest
from versus.building import OURS_COMPILED, build_ours
from versus.contestants import CONTESTANTS, OURS, Setting, Storage
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
