"""Writing a tree, and comparing one."""

from pathlib import Path

import pytest

from palaver_codegen.emit import Difference, FileDifference, ForeignFolder, compare, write

FILES = {
    "wire/__init__.py": "# DO NOT EDIT\n",
    "wire/toy/__init__.py": "# DO NOT EDIT\n",
    "wire/toy/a.py": "a\n",
    "wire/toy/b.json": "ü\n",
}
OWNED = ("wire",)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a folder that is as it would be generated."""
    write(FILES, tmp_path, OWNED)
    return tmp_path


def test_what_was_written_is_up_to_date(out: Path) -> None:
    """Writing makes exactly the files, and doing it again changes nothing."""
    assert compare(FILES, out, OWNED) == []
    before = (out / "wire/toy/a.py").stat().st_mtime_ns
    assert write(FILES, out, OWNED) == []
    assert (out / "wire/toy/a.py").stat().st_mtime_ns == before
    assert (out / "wire/toy/b.json").read_bytes() == "ü\n".encode()


def test_missing_file_is_found(out: Path) -> None:
    """A file that is not there is missing."""
    (out / "wire/toy/a.py").unlink()
    assert compare(FILES, out, OWNED) == [FileDifference("wire/toy/a.py", Difference.MISSING)]


def test_extra_file_is_found(out: Path) -> None:
    """A file that would not be generated is stale, byte code aside."""
    (out / "wire/old").mkdir()
    (out / "wire/old/c.py").touch()
    (out / "wire/__pycache__").mkdir()
    (out / "wire/__pycache__/a.pyc").touch()
    assert compare(FILES, out, OWNED) == [FileDifference("wire/old/c.py", Difference.STALE)]


@pytest.mark.parametrize("content", ["", "a", "a\n\n", "a\r\n"])
def test_changed_file_is_found(out: Path, content: str) -> None:
    """A truncated file is changed, and so is one with other line ends."""
    (out / "wire/toy/a.py").write_bytes(content.encode())
    assert compare(FILES, out, OWNED) == [FileDifference("wire/toy/a.py", Difference.CHANGED)]


def test_writing_repairs_each(out: Path) -> None:
    """Changed and missing files are written, stale ones go with their folders."""
    (out / "wire/toy/a.py").write_text("edited\n")
    (out / "wire/toy/b.json").unlink()
    (out / "wire/old/deep").mkdir(parents=True)
    (out / "wire/old/deep/c.py").touch()
    assert {difference.kind for difference in write(FILES, out, OWNED)} == set(Difference)
    assert compare(FILES, out, OWNED) == []
    assert not (out / "wire/old").exists()


def test_other_folders_are_left_alone(out: Path) -> None:
    """What is beside the owned folders is neither stale nor touched."""
    (out / "mine.txt").write_text("mine")
    assert write(FILES, out, ("wire/toy",)) == []
    assert (out / "mine.txt").read_text() == "mine"


def test_foreign_folder_is_refused(tmp_path: Path) -> None:
    """A folder that does not say that it was generated is not emptied."""
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire/thesis.py").write_text("mine")
    with pytest.raises(ForeignFolder, match="was not generated"):
        write(FILES, tmp_path, OWNED)
    assert [path.name for path in (tmp_path / "wire").iterdir()] == ["thesis.py"]
