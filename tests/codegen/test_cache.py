"""What is kept is found again, and only for what it was made of."""

import os
from pathlib import Path

import pytest

from palaver_codegen import cache
from palaver_codegen.cache import Cache


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    """Return a cache in a folder that is not there yet."""
    return Cache(tmp_path / "a" / "cache")


def test_what_was_put_is_got(kept: Cache, tmp_path: Path) -> None:
    """Any JSON value comes back, in another process too, and git is told to leave the folder alone."""
    key = kept.key("thing", [b"made", b"of this"])
    assert kept.get(key) is None
    kept.put(key, {"a": ["ü", 1, None]})
    assert Cache(tmp_path / "a" / "cache").get(key) == {"a": ["ü", 1, None]}
    assert (tmp_path / "a" / "cache" / ".gitignore").read_text() == "*\n"


def test_everything_counts_in_a_key(kept: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Other parts, the same parts cut otherwise, another kind and another library make another key."""
    keys = {
        kept.key("a", [b"12", b"3"]),
        kept.key("a", [b"1", b"23"]),
        kept.key("a", [b"123"]),
        kept.key("a", []),
        kept.key("b", [b"12", b"3"]),
    }
    assert len(keys) == 5
    monkeypatch.setattr(cache, "version", lambda name: f"{name} of tomorrow")
    assert Cache(tmp_path).key("a", [b"12", b"3"]) not in keys


def test_a_broken_entry_is_none(kept: Cache, tmp_path: Path) -> None:
    """A file that is cut off is as if it were not there."""
    kept.put("k", {"whole": True})
    (tmp_path / "a" / "cache" / "k.json").write_text('{"whole": tr')
    assert kept.get("k") is None


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path) -> None:
    """Where a file is in the way, nothing is kept and nothing fails."""
    (tmp_path / "file").touch()
    blocked = Cache(tmp_path / "file" / "cache")
    blocked.put("k", 1)
    assert blocked.get("k") is None


def test_the_oldest_go(kept: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder does not grow for ever; what was used lately stays."""
    monkeypatch.setattr(cache, "KEPT", 2)
    kept.put("k1", 1)
    kept.put("k2", 2)
    for number, name in enumerate(("k1", "k2")):
        # Times of files are as coarse as their system has them.
        os.utime(tmp_path / "a" / "cache" / f"{name}.json", (number, number))
    kept.put("k3", 3)
    assert (kept.get("k1"), kept.get("k2"), kept.get("k3")) == (None, 2, 3)
