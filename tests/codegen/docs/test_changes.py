"""What changed since a revision."""

import shutil
import subprocess
from pathlib import Path

import pytest

from palaver_codegen.diff.revisions import RevisionUnknown
from palaver_codegen.docs.changes import Past
from palaver_codegen.documents import load_bundle

SPEC = Path(__file__).parents[1] / "golden" / "spec"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return the spec folder of a repository in which the toy was committed."""
    shutil.copytree(SPEC, tmp_path / "spec")
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "first"], ["tag", "v1"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    return tmp_path / "spec"


def test_changes_since_a_tag(repository: Path) -> None:
    """What is different now is told as an entry of a changelog; nothing is, as long as nothing changed."""
    past = Past("v1", repository)
    assert past.changelog(load_bundle(repository / "toy")).text == "Nothing changed.\n"
    path = repository / "toy" / "asyncapi.yaml"
    path.write_text(path.read_text().replace("name: 'hush!'", "name: 'quiet!'"))
    changelog = past.changelog(load_bundle(repository / "toy"))
    assert changelog.since == "v1"
    assert "**Breaking:**" in changelog.text
    assert "hush!" in changelog.text


def test_a_dialect_that_was_not_there(repository: Path) -> None:
    """A dialect that the revision does not have is new as a whole."""
    past = Past("v1", repository)
    (repository / "toy").rename(repository / "fresh")
    assert past.changelog(load_bundle(repository / "fresh")).text == "All of it is new.\n"


def test_no_such_revision(repository: Path) -> None:
    """A revision that does not exist is said to be none."""
    with pytest.raises(RevisionUnknown, match="v2"):
        Past("v2", repository)
