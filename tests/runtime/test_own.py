"""Dialects of others."""

import sys
from pathlib import Path

import pytest

from palaver_runtime import own
from palaver_runtime.dialects import NoDialect
from palaver_runtime.own import own_dialects


def test_modules_are_found_in_their_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders are looked at in their order, before everything else, and a dialect has the name of its module."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name, port in (("first", 4101), ("second", 4102)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "crow_for_a_test.py").write_text(f"DEFAULT_PORT = {port}\ndef build(core, site): ...\n")
    found = own_dialects(["crow_for_a_test"], [tmp_path / "first", tmp_path / "second"])
    assert {name: dialect.DEFAULT_PORT for name, dialect in found.items()} == {"crow_for_a_test": 4101}
    own_dialects([], [tmp_path / "first"])
    assert sys.path.count(str(tmp_path / "first")) == 1


def test_module_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked for where one is by default, and then it is no dialect."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(NoDialect, match="no_such_module_anywhere"):
        own_dialects(["no_such_module_anywhere"], [])
    assert str(own.HERE[1].resolve()) in sys.path


def test_a_module_that_is_no_python_is_named_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has just edited it learns where, and gets no traceback."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "torn_for_a_test.py").write_text("a = 1\ndef build(:\n")
    with pytest.raises(NoDialect, match=r"torn_for_a_test\.py:2 is no Python: "):
        own_dialects(["torn_for_a_test"], [tmp_path])
