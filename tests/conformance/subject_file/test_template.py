"""The subject file to begin with."""

import re
from pathlib import Path

import pytest

from palaver_conformance.errors import UsageError
from palaver_conformance.subject_file import template
from palaver_conformance.subject_file.keys import KEYS
from palaver_conformance.subject_file.reading import load


@pytest.mark.parametrize("name", ["a.yaml", "a.toml"])
def test_template_loads_as_it_is(name: str, tmp_path: Path) -> None:
    """What is written can be used at once, in either form, and says the same."""
    path = tmp_path / name
    template.write(path)
    said = load(path, {})
    assert (said.name, said.spec, said.urls) == ("our chat server", "gateway", ("http://127.0.0.1:4001",))
    assert (said.launch, said.accounts.given) == (None, False)


@pytest.mark.parametrize("name", ["a.yaml", "a.toml"])
def test_every_key_is_explained(name: str, tmp_path: Path) -> None:
    """Each key that a subject file can have is in it, be it in a comment."""
    template.write(tmp_path / name)
    content = (tmp_path / name).read_text()
    for name, key in KEYS.items():
        for each in (name, *(key.keys or ())):
            assert re.search(rf"\b{each}\b", content)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A file that is there stays as it is, and a folder that is not is told."""
    path = tmp_path / "a.yaml"
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        template.write(path)
    assert path.read_text() == "mine"
    with pytest.raises(UsageError, match="cannot be written"):
        template.write(tmp_path / "nowhere" / "a.yaml")
