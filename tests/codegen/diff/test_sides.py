"""What is compared with what."""

import os
import shutil
from pathlib import Path

import pytest
from doubles.versions import BASE

from palaver_codegen.diff import Change, Subject, rules
from palaver_codegen.diff.sides import (
    NoDocuments,
    Side,
    paired,
    placed,
    read_folder,
    read_revision,
    read_working_tree,
)
from palaver_codegen.documents import DocumentsRefused
from palaver_codegen.documents.problems import Place


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, which is a repository with the base in spec/, committed."""
    shutil.copytree(BASE, tmp_path / "spec")
    monkeypatch.chdir(tmp_path)
    for command in (
        "init --quiet",
        "add .",
        "-c user.name=Ada -c user.email=ada@example.org -c commit.gpgsign=false commit --quiet -m First",
    ):
        assert os.system(f"git {command}") == 0
    return tmp_path


def test_folders() -> None:
    """A folder is one dialect's or that of several; of those one can be chosen."""
    assert list(read_folder(BASE / "chat").dialects) == ["chat"]
    assert list(read_folder(BASE).dialects) == ["chat", "rpc"]
    assert list(read_folder(BASE, "chat").dialects) == ["chat"]
    with pytest.raises(NoDocuments, match="holds no documents"):
        read_folder(BASE / "common")


def test_as_they_are_now(home: Path) -> None:
    """The default is spec/; a name is a folder in it, and a path is a path."""
    assert list(read_working_tree(None).dialects) == ["chat", "rpc"]
    assert list(read_working_tree("chat").dialects) == ["chat"]
    assert list(read_working_tree("spec/chat").dialects) == ["chat"]
    with pytest.raises(NoDocuments, match="there is no folder nothing and no folder spec/nothing"):
        read_working_tree("nothing")


def test_as_they_were(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revision has the documents that it had, also of a folder that is gone, and from a folder below."""
    shutil.rmtree(home / "spec")
    side = read_revision("HEAD", "chat", tmp_path / "a")
    assert (list(side.dialects), side.single) == (["chat"], True)
    label = Place(side.dialects["chat"].labels[0], 4)
    assert str(side.place(label)) == "HEAD:spec/chat/asyncapi.yaml:4:1"
    assert side.place(None) is None
    assert list(read_revision("HEAD", None, tmp_path / "b").dialects) == ["chat", "rpc"]
    with pytest.raises(NoDocuments, match="HEAD has no nothing and no spec/nothing"):
        read_revision("HEAD", "nothing", tmp_path / "c")
    (home / "below").mkdir()
    monkeypatch.chdir(home / "below")
    assert list(read_revision("HEAD", "../spec/chat", tmp_path / "d").dialects) == ["chat"]


def test_documents_that_cannot_be_read_are_named_as_people_know_them(home: Path, tmp_path: Path) -> None:
    """A problem in a revision has the path that it has there."""
    (home / "spec/chat/openapi.yaml").write_text("a: [\n")
    assert os.system("git -c user.name=A -c user.email=a@example.org commit --quiet -am Second") == 0
    with pytest.raises(DocumentsRefused, match=r"HEAD:spec/chat/openapi.yaml:2:1: error: .* \[yaml-syntax\]"):
        read_revision("HEAD", "chat", tmp_path / "a")


def test_one_dialect_on_either_side_is_the_same() -> None:
    """Two folders of one dialect are compared whatever they are called; folders of several by name."""
    chat, rpc = read_folder(BASE / "chat"), read_folder(BASE / "rpc")
    old, new = paired(chat, rpc)
    assert (list(old), list(new)) == (["rpc"], ["rpc"])
    both = read_folder(BASE)
    assert paired(both, rpc) == (both.dialects, rpc.dialects)


def test_places_are_shown_as_people_know_them() -> None:
    """Each side's places are told by that side."""
    change = Change(
        rules()["client-event-removed"], "chat", (Subject("asyncapi", "a"),), "is gone", Place("/t/o/a"), Place("b")
    )
    (shown,) = placed([change], Side({}, single=True, root="/t/o", shown="v1:"), Side({}, single=True))
    assert (shown.old, shown.new) == (Place("v1:a"), Place("b"))
