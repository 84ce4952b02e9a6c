"""A site is written into a folder that is its own."""

import json
import re
import shutil
from pathlib import Path

import pytest

from palaver_codegen.docs.publish import MARK, NotOurs, chosen, claim, site, write
from palaver_codegen.documents import DocumentsRefused

SPEC = Path(__file__).parents[1] / "golden" / "spec"


def test_what_is_written(tmp_path: Path) -> None:
    """The first run writes all, the next one nothing; what a site no longer has is removed, with its folder."""
    out = tmp_path / "deep" / "site"
    first = write({"a.html": "a", "b/c.html": "c"}, out)
    assert (first.files, first.written, first.removed) == (2, 2, 0)
    again = write({"a.html": "a", "b/c.html": "c"}, out)
    assert (again.written, again.removed) == (0, 0)
    last = write({"a.html": "new"}, out)
    assert (last.written, last.removed) == (1, 1)
    assert sorted(path.name for path in out.iterdir()) == ["a.html", MARK]


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    """A folder with something else in it is refused; files that were put beside a site stay."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(NotOurs, match="not a site"):
        write({"a.html": "a"}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    site_folder = tmp_path / "site"
    write({"a.html": "a"}, site_folder)
    (site_folder / "CNAME").write_text("docs.example")
    write({"b.html": "b"}, site_folder)
    assert (site_folder / "CNAME").exists()


def test_a_file_is_no_site(tmp_path: Path) -> None:
    """A file where the folder should be is refused too."""
    (tmp_path / "site").write_text("")
    with pytest.raises(NotOurs):
        claim(tmp_path / "site")


def test_marks_name_nothing_outside(tmp_path: Path) -> None:
    """Whatever the mark of a site lists, nothing outside of the site is removed."""
    out = tmp_path / "site"
    write({"a.html": "a"}, out)
    (tmp_path / "dear.txt").write_text("dear")
    (out / MARK).write_text(json.dumps({"files": ["../dear.txt", 7]}))
    write({"a.html": "a"}, out)
    assert (tmp_path / "dear.txt").exists()


def test_a_run_that_was_cut_short_is_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an interrupted run left is a site, and the next run makes it whole."""
    real = Path.write_bytes

    def interrupted(path: Path, data: bytes) -> int:
        if path.name == "b.html":
            raise KeyboardInterrupt
        return real(path, data)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write({"a.html": "a", "b.html": "b"}, tmp_path / "site")
    assert write({"a.html": "a"}, tmp_path / "site").files == 1


def test_which_dialects(tmp_path: Path) -> None:
    """A folder of dialects gives all or those that are named; a dialect's own folder gives that."""
    assert [folder.name for folder in chosen(SPEC, [])] == ["toy"]
    assert chosen(SPEC / "toy", []) == [SPEC / "toy"]
    with pytest.raises(DocumentsRefused, match="did you mean 'toy'"):
        chosen(SPEC, ["toi"])
    with pytest.raises(DocumentsRefused, match="no documents"):
        chosen(tmp_path, [])


def test_types_stand_beside_the_pages() -> None:
    """Documents that can be generated from have their types beside them, which the snippets import."""
    told: list[str] = []
    files = site([SPEC / "toy"], "", progress=told.append)
    assert told == ["toy"]
    assert "export interface ClientToServerEvents" in files["toy/toy.d.ts"]
    assert "./toy.js" in files["toy/index.html"]
    assert "<title>Toy</title>" in files["index.html"]


def test_documents_need_not_be_perfect(tmp_path: Path) -> None:
    """Documents that `palaver generate` would refuse are published all the same, without types."""
    shutil.copytree(SPEC, tmp_path / "spec")
    document = tmp_path / "spec" / "toy" / "asyncapi.yaml"
    document.write_text(document.read_text().replace("channels:", "mood: good\nchannels:", 1))
    files = site([tmp_path / "spec" / "toy"], "Campfire")
    assert "toy/toy.d.ts" not in files
    assert "./toy.js" not in files["toy/index.html"]
    assert "note:send" in re.sub("<[^>]*>", "", files["toy/index.html"])
