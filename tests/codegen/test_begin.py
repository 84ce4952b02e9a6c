"""`palaver new` and `palaver scaffold` as they are typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from palaver_codegen import begin

Run = Callable[..., Result]


@pytest.fixture
def run(spec: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command in a folder with the toy's documents."""
    monkeypatch.chdir(spec.parent)
    app = typer.Typer()
    begin.register(app)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_new_says_what_to_type(run: Run) -> None:
    """The project is there, and the next steps are told."""
    done = run("new", "desk", "--port", "4099")
    assert done.exit_code == 0, done.output
    assert "cd desk && make run" in done.stdout
    assert "DEFAULT_PORT = 4099" in Path("desk/desk/__init__.py").read_text()
    again = run("new", "desk")
    assert again.exit_code == 2
    assert "desk is there already" in again.stderr


def test_new_tells_programs_what_it_wrote(run: Run) -> None:
    """The folder and the files in it, and nothing else."""
    told = json.loads(run("new", "desk", "--json").stdout)
    assert told["folder"] == "desk"
    assert all(Path("desk", each).is_file() for each in told["files"])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("json", "a Python module"),
        ("pytest", "a Python module"),
        ("gateway", "palaver has itself"),
        ("My", "small letters"),
    ],
)
def test_new_refuses_names_that_are_taken(run: Run, name: str, why: str) -> None:
    """A name that would hide a module or a dialect is refused, and nothing is written."""
    done = run("new", name)
    assert done.exit_code == 2
    assert why in done.stderr
    assert not Path(name).exists()


def test_scaffold_writes_once_and_tells_ever_after(run: Run, edit: Callable[[str, str, str], None]) -> None:
    """Written, up to date, behind: each with its exit code, in words and in JSON; the file stays as it was."""
    first = run("scaffold", "toy")
    assert (first.exit_code, first.stdout) == (0, "wrote toy/handlers.py: it is yours, and is not written again\n")
    text = Path("toy/handlers.py").read_text()
    assert "from palaver_wire.toy import models" in text
    assert run("scaffold", "toy").stdout == "toy has handlers already: nothing is new\n"
    edit("toy/asyncapi.yaml", "name: 'hush!'", "name: be:quiet")
    behind = run("scaffold", "toy")
    assert behind.exit_code == 1
    assert "new: EventHandlers.be_quiet for be:quiet" in behind.stdout
    assert "    async def be_quiet(self, session: Session" in behind.stdout
    assert "stale: hush at toy/handlers.py:" in behind.stdout
    assert "1 new, 1 stale; nothing was written" in behind.stdout
    told = run("scaffold", "toy", "--json")
    assert told.exit_code == 1
    report = json.loads(told.stdout)
    assert (report["written"], report["new"][0]["method"], report["stale"][0]["method"]) == (None, "be_quiet", "hush")
    assert Path("toy/handlers.py").read_text() == text


def test_scaffold_into_a_file(run: Run) -> None:
    """--out names a module, --package where the models are; JSON says what was written."""
    done = run("scaffold", "toy", "--out", "src/toys.py", "--package", "toys_wire", "--json")
    assert json.loads(done.stdout) == {"written": "src/toys.py", "new": [], "stale": []}
    assert "from toys_wire.toy import models" in Path("src/toys.py").read_text()


def test_scaffold_of_nothing(run: Run, edit: Callable[[str, str, str], None]) -> None:
    """An unknown dialect and a file that is no Python are wrong usage; documents with problems are told."""
    assert run("scaffold", "toys").exit_code == 2
    Path("broken.py").write_text("def (")
    broken = run("scaffold", "toy", "--out", "broken.py")
    assert broken.exit_code == 2
    assert "broken.py:1 is no Python" in broken.stderr
    edit("toy/asyncapi.yaml", "means: typing.stop", "means: typing.stopp")
    refused = run("scaffold", "toy")
    assert refused.exit_code == 1
    assert "meaning-unknown" in refused.stderr
    assert not Path("toy").exists()
