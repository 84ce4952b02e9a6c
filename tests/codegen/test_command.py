"""`palaver lint` and `palaver generate`: what they say, and with which code they exit."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from palaver_codegen import command, lint

Run = Callable[..., Result]


@pytest.fixture
def run(spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command in a folder with the toy's documents."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    for each in (lint, command):
        each.register(app)
    return lambda *arguments: CliRunner().invoke(app, arguments, catch_exceptions=False)


@pytest.fixture
def break_it(edit: Callable[[str, str, str], None]) -> None:
    """Make one error in the toy's documents."""
    edit("toy/asyncapi.yaml", "means: typing.stop", "means: typing.stopp")


def test_lint_of_right_documents(run: Run) -> None:
    """Nothing to say is said, with exit code 0."""
    result = run("lint")
    assert (result.exit_code, result.output) == (0, "toy: no problems\n")


@pytest.mark.parametrize("command", ["lint", "generate"])
def test_unknown_dialect_is_wrong_usage(run: Run, command: str) -> None:
    """Exit code 2, with the known dialects."""
    result = run(command, "toys")
    assert result.exit_code == 2
    assert "known dialects: toy" in result.output


def test_generate_then_check(run: Run) -> None:
    """Files are written, told, and then up to date."""
    first = run("generate")
    assert first.exit_code == 0
    assert "wrote generated/palaver_wire/toy/models.py" in first.output.splitlines()
    assert (run("generate").output, run("generate", "--check").exit_code) == ("generated is up to date: 15 files\n", 0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: (folder / "models.py").unlink(), "missing: generated/palaver_wire/toy/models.py\n"),
        (lambda folder: (folder / "old.py").touch(), "stale: generated/palaver_wire/toy/old.py\n"),
        (lambda folder: (folder / "table.py").write_text("x"), "changed: generated/palaver_wire/toy/table.py\n"),
        (
            lambda folder: (folder.parent / "typescript" / "toy.d.ts").unlink(),
            "missing: generated/palaver_wire/typescript/toy.d.ts\n",
        ),
        (
            lambda folder: (folder.parent / "typescript" / "old.d.ts").touch(),
            "stale: generated/palaver_wire/typescript/old.d.ts\n",
        ),
    ],
    ids=["missing", "stale", "changed", "missing types", "stale types"],
)
def test_check_fails_for_each_difference(run: Run, tmp_path: Path, change: Callable[[Path], object], told: str) -> None:
    """--check names the file, exits with 1, and writes nothing, so that it fails again."""
    run("generate")
    change(tmp_path / "generated" / "palaver_wire" / "toy")
    for _ in range(2):
        result = run("generate", "--check")
        assert (result.exit_code, result.output) == (1, told)
    assert run("generate").exit_code == 0
    assert run("generate", "--check").exit_code == 0


def test_removed_dialect_is_stale(run: Run, spec: Path, tmp_path: Path) -> None:
    """What a dialect left behind goes when all are generated, and not when another one is."""
    (spec / "toy").rename(spec / "game")
    run("generate")
    (spec / "game").rename(spec / "toy")
    run("generate", "toy")
    assert (tmp_path / "generated/palaver_wire/game/models.py").is_file()
    run("generate")
    assert not (tmp_path / "generated/palaver_wire/game").exists()


@pytest.mark.usefixtures("break_it")
def test_generate_of_wrong_documents(run: Run, tmp_path: Path) -> None:
    """The problems are shown, nothing is written, exit code 1."""
    result = run("generate")
    assert result.exit_code == 1
    assert "nothing was written: 1 error" in result.output
    assert not (tmp_path / "generated").exists()


def test_generate_for_programs(run: Run) -> None:
    """--json tells every file by what was wrong with it."""
    told = json.loads(run("generate", "--json").output)
    assert len(told.pop("missing")) == 15
    assert told == {"problems": [], "changed": [], "stale": []}


def test_foreign_folder_is_refused(run: Run, tmp_path: Path) -> None:
    """A folder with somebody's own files is left alone, with exit code 3 and the remedy."""
    (tmp_path / "generated/palaver_wire").mkdir(parents=True)
    (tmp_path / "generated/palaver_wire/mine.py").write_text("mine")
    result = run("generate")
    assert result.exit_code == 3
    assert "--out" in result.output
    assert (tmp_path / "generated/palaver_wire/mine.py").read_text() == "mine"
