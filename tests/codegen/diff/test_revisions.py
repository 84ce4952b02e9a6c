"""Documents are read out of git."""

import subprocess
from pathlib import Path

import pytest

from palaver_codegen.diff.revisions import GitMissing, RevisionUnknown, extract, names_in, resolve_revision, top_of


def git(folder: Path, *arguments: str) -> str:
    """Run git with an identity of its own, whatever the machine's settings are."""
    settings = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", "-C", str(folder), *settings, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with one commit, tagged v1."""
    top = tmp_path / "repository"
    (top / "api" / "chat").mkdir(parents=True)
    (top / "api" / "chat" / "asyncapi.yaml").write_text("a: 1\n")
    (top / "other.txt").write_text("other")
    git(tmp_path, "init", "--quiet", str(top))
    git(top, "add", ".")
    git(top, "commit", "--quiet", "--message", "First")
    git(top, "tag", "v1")
    return top


def test_a_folder_of_a_revision(repository: Path, tmp_path: Path) -> None:
    """A folder is written as it was, whatever became of it, and nothing beside it."""
    (repository / "api/chat/asyncapi.yaml").write_text("a: 2\n")
    commit = resolve_revision(repository, "v1")
    assert names_in(repository, commit, "api") == ["chat"]
    assert names_in(repository, commit, "nothing") == []
    assert names_in(repository, commit, ".") == ["api", "other.txt"]
    extract(repository, commit, "api", tmp_path / "out")
    assert (tmp_path / "out/api/chat/asyncapi.yaml").read_text() == "a: 1\n"
    assert not (tmp_path / "out/other.txt").exists()
    extract(repository, commit, ".", tmp_path / "all")
    assert (tmp_path / "all/other.txt").is_file()


def test_the_top_is_found_from_anywhere_below(repository: Path) -> None:
    """Also from a folder that is not there any more."""
    assert top_of(repository / "api/gone").resolve() == repository.resolve()


def test_what_is_no_revision_is_said(repository: Path, tmp_path: Path) -> None:
    """A wrong name, a range, an option, and a folder in no repository are told, and what to do."""
    with pytest.raises(RevisionUnknown, match="'v9' is neither a folder nor a revision"):
        resolve_revision(repository, "v9")
    with pytest.raises(RevisionUnknown, match=r"write `v1 HEAD`"):
        resolve_revision(repository, "v1..HEAD")
    with pytest.raises(RevisionUnknown):
        resolve_revision(repository, "--all")
    with pytest.raises(RevisionUnknown, match="cannot be read from"):
        extract(repository, resolve_revision(repository, "HEAD"), "nothing", tmp_path)
    with pytest.raises(RevisionUnknown, match="is in no git repository"):
        top_of(tmp_path)


def test_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git it is said that git is needed."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitMissing, match="git is needed"):
        top_of(repository)
