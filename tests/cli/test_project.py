"""What a project says in its pyproject.toml is what its commands do, unless a flag says otherwise."""

from pathlib import Path

import pytest

from palaver import __main__ as front
from palaver.project import SHARED, ProjectRefused, defaults
from palaver.rooms import ROOMS

OPTIONS = {"app": True, "port": False, "package": False}
COMMANDS = ("serve", "conform")


def said(tmp_path: Path, text: str, command: str = "serve") -> dict[str, object]:
    """Return what a project of this text says of a command."""
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    return defaults(file, command, OPTIONS, COMMANDS)


def test_what_is_said_for_all_and_for_one(tmp_path: Path) -> None:
    """A table goes before what is for all; what may be repeated may be written as one."""
    text = '[tool.palaver]\napp = "desk"\npackage = "a"\n[tool.palaver.serve]\npackage = "b"\nport = 1\n'
    assert said(tmp_path, text) == {"app": ["desk"], "package": "b", "port": 1}
    assert said(tmp_path, text, "conform") == {"app": ["desk"], "package": "a"}


def test_no_file_says_nothing(tmp_path: Path) -> None:
    """Most folders are no project, and most projects say nothing."""
    assert defaults(tmp_path / "pyproject.toml", "serve", OPTIONS, COMMANDS) == {}
    assert said(tmp_path, "[project]\nname = 'x'\n") == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.palaver]\nap = 'desk'", "[tool.palaver] has 'ap', which nothing reads (did you mean 'app'?)"),
        ("[tool.palaver.serv]\n", "did you mean 'serve'?"),
        (
            "[tool.palaver.serve]\nprot = 1",
            "[tool.palaver.serve] has 'prot', which nothing reads (did you mean 'port'?)",
        ),
        ("[tool.palaver.conform]\nzzz = 1", None),
        ("[tool]\npalaver = 1", "is to be a table"),
        ("[tool.palaver", "cannot be read"),
    ],
)
def test_what_nobody_reads_is_refused(tmp_path: Path, text: str, told: str | None) -> None:
    """A mistyped key is named with its table; the keys of another command are that one's business."""
    if told is None:
        assert said(tmp_path, text) == {}
        return
    with pytest.raises(ProjectRefused) as caught:
        said(tmp_path, text)
    assert told in str(caught.value)


def test_shared_keys_are_options_of_commands() -> None:
    """Each of them is known to some command."""
    known = set()
    for room in ROOMS:
        group = front.typer.main.get_group(front.application(next(iter(room.commands))))
        for name in room.commands:
            known |= {option.removeprefix("--") for each in group.commands[name].params for option in each.opts}
    assert set(SHARED) <= known


def test_the_front_door_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A default of the project takes effect, a flag goes before it, and a wrong key is wrong usage."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.palaver.lint]\nspec = 'documents'\n")
    for arguments, told in ((["lint"], "documents"), (["lint", "--spec", "elsewhere"], "elsewhere")):
        with pytest.raises(SystemExit) as caught:
            front.main(arguments)
        assert caught.value.code == 2
        assert f"{told}:1:1: error" in capsys.readouterr().err
    file.write_text("[tool.palaver.lint]\nspecs = 'documents'\n")
    with pytest.raises(SystemExit) as caught:
        front.main(["lint"])
    assert caught.value.code == 2
    assert "did you mean 'spec'?" in capsys.readouterr().err
