"""`palaver` alone tells the next step."""

import shlex
from pathlib import Path

import pytest

from palaver.next_step import epilog
from palaver.rooms import owner

PROJECT = '[tool.palaver]\napp = "desk"\n'


def _steps(folder: Path) -> dict[str, list[str]]:
    """Return the commands of each paragraph, by its title."""
    paragraphs = [each.splitlines()[1:] for each in epilog(folder).split("\n\n") if each]
    return {title: [line.strip().split("   ")[0] for line in lines] for title, *lines in paragraphs}


def test_empty_folder_has_the_ways_to_start(tmp_path: Path) -> None:
    """Where nothing is, there is a first command for everybody who may come, and each is one of palaver's."""
    (steps,) = _steps(tmp_path).values()
    assert [shlex.split(each)[1] for each in steps] == ["serve", "new", "conform", "lint", "mock"]
    assert all(owner(shlex.split(each)[1]) for each in steps)


@pytest.mark.parametrize(
    ("files", "steps"),
    [
        ({"pyproject.toml": PROJECT, "Makefile": ""}, ["make run", "make conform"]),
        ({"palaver-subject.yaml": ""}, ["palaver conform --subject palaver-subject.yaml"]),
        ({"openapi.yaml": ""}, ["palaver lint --spec .", "palaver mock ."]),
        ({"spec/chat/asyncapi.yaml": ""}, ["palaver lint", "palaver diff HEAD"]),
        (
            {"pyproject.toml": PROJECT, "Makefile": "", "spec/desk/grpc.yaml": ""},
            ["make run", "make conform", "palaver lint", "palaver diff HEAD"],
        ),
    ],
)
def test_what_is_in_the_folder_comes_first(tmp_path: Path, files: dict[str, str], steps: list[str]) -> None:
    """A project, a subject file and documents have steps of their own, above those for everybody."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = _steps(tmp_path)
    assert list(found) == ["Next, in this folder:", "Start here:"]
    assert found["Next, in this folder:"] == steps


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "[tool", "Makefile": ""},
        {"pyproject.toml": "[project]\nname = 'x'\n", "Makefile": ""},
        {"pyproject.toml": "tool = 1\n", "Makefile": ""},
        {"pyproject.toml": PROJECT},
        {"spec/notes.txt": ""},
    ],
)
def test_what_is_somebody_elses_asks_for_nothing(tmp_path: Path, files: dict[str, str]) -> None:
    """A pyproject.toml that is broken or no project's, and a folder without documents, change nothing."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert list(_steps(tmp_path)) == ["Start here:"]
