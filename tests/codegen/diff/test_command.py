"""palaver diff."""

import json
import os
from pathlib import Path

import pytest
from doubles.versions import BASE, write
from typer.testing import CliRunner, Result

from palaver.__main__ import application

NARROWER = {"file": "chat/schemas.yaml", "find": "minLength: 1, maxLength: 2000}", "put": "minLength: 1, maxLength: 9}"}
RISKY = {"file": "chat/schemas.yaml", "find": "default: text", "put": "default: image"}
SAFE = {"file": "chat/schemas.yaml", "find": "minLength: 1, maxLength: 2000}", "put": "maxLength: 2000}"}


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(application("diff"), ["diff", *arguments])


@pytest.mark.parametrize(
    ("edit", "arguments", "code"),
    [
        (NARROWER, [], 1),
        (NARROWER, ["--fail-on", "never"], 0),
        (RISKY, [], 0),
        (RISKY, ["--fail-on", "risky"], 1),
        (SAFE, ["--fail-on", "risky"], 0),
    ],
)
def test_exit_code(tmp_path: Path, edit: dict[str, str], arguments: list[str], code: int) -> None:
    """It fails for what breaks, or for less or nothing if that is asked."""
    write(tmp_path / "new", [edit])
    done = run(str(BASE), str(tmp_path / "new"), *arguments)
    assert done.exit_code == code
    assert "[request-" in done.stdout


def test_formats(tmp_path: Path) -> None:
    """Each format is what its report says; text ends with the figures."""
    write(tmp_path / "new", [NARROWER])
    both = str(BASE), str(tmp_path / "new")
    assert run(*both).stdout.endswith("\n1 breaking\n")
    assert json.loads(run(*both, "--format", "json").stdout)["summary"]["breaking"] == 1
    assert json.loads(run(*both, "--json").stdout)["summary"]["breaking"] == 1
    assert run(*both, "--format", "markdown").stdout.startswith("## Contract: 1 breaking\n")
    assert run(*both, "--format", "changelog").stdout.startswith("### Changed\n\n- **Breaking:** ")
    same = run(str(BASE), str(BASE))
    assert (same.exit_code, same.stdout) == (0, "no changes\n")


def test_from_a_revision_to_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One argument compares with the documents as they are; places of a revision are shown as git writes them."""
    write(tmp_path / "spec", [])
    monkeypatch.chdir(tmp_path)
    commit = "git -c user.name=A -c user.email=a@example.org -c commit.gpgsign=false commit --quiet -m First"
    assert os.system(f"git init --quiet . && git add . && {commit} && git tag v1") == 0
    path = tmp_path / "spec/chat/schemas.yaml"
    path.write_text(path.read_text().replace("minLength: 1, maxLength: 2000}", "minLength: 1, maxLength: 9}"))
    done = run("v1", "--spec", "chat")
    assert done.exit_code == 1
    assert "old v1:spec/chat/schemas.yaml:" in done.stdout
    assert "new spec/chat/schemas.yaml:" in done.stdout
    assert run("v1", "HEAD").exit_code == 0
    assert run("HEAD").exit_code == 1


def test_what_cannot_be_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong name is wrong usage; documents that cannot be read are told with their place."""
    monkeypatch.chdir(tmp_path)
    unknown = run("v9", str(BASE))
    assert (unknown.exit_code, "is in no git repository" in unknown.stderr) == (2, True)
    empty = run(str(tmp_path), str(BASE))
    assert (empty.exit_code, "holds no documents" in empty.stderr) == (2, True)
    write(tmp_path / "spec", [])
    (tmp_path / "spec/chat/openapi.yaml").write_text("a: [\n")
    broken = run(str(BASE))
    assert broken.exit_code == 3
    assert "spec/chat/openapi.yaml:2:1: error: " in broken.stderr
    assert "cannot be compared" in broken.stderr
    monkeypatch.setenv("PATH", "")
    assert (run("HEAD").exit_code, "git is needed" in run("HEAD").stderr) == (3, True)


def test_help_teaches() -> None:
    """The help has examples and the exit codes."""
    shown = run("--help").stdout
    assert "palaver diff HEAD " in shown
    assert "Exit codes: 0 nothing breaks; 1 something does" in shown
