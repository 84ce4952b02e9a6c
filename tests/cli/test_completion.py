"""Tab completes commands, options and values."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from palaver import __main__ as front
from palaver import completion, ending
from palaver.rooms import ROOMS, Room


def _completed(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[list[str], str, int]:
    """Return what bash is offered for a line with the cursor at its end, what was complained of, and the exit code."""
    words = line.split(" ")
    monkeypatch.setenv("_PALAVER_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "\n".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    with pytest.raises(SystemExit) as caught:
        front.main([])
    printed = capsys.readouterr()
    return printed.out.split(), printed.err, int(str(caught.value.code or 0))


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("palaver con", ["conversations", "conform"]),
        ("palaver --ver", ["--version"]),
        ("palaver conform --j", ["--json", "--junit"]),
        ("palaver users re", ["rename", "reset-password"]),
        ("palaver users reset-password --gen", ["--generate"]),
        ("palaver lint --format s", ["sarif"]),
    ],
)
def test_commands_options_and_values_are_offered(
    line: str, offered: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can follow is known at every place of the line, also in commands that have commands."""
    assert _completed(line, monkeypatch, capsys) == (offered, "", 0)


def test_every_command_is_offered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a letter of it there are all commands."""
    offered, _, _ = _completed("palaver ", monkeypatch, capsys)
    assert offered == [name for room in ROOMS for name in room.commands]


def test_other_shells_have_the_line_in_a_variable_of_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What zsh, fish and PowerShell ask about is found, and nobody asks in an ordinary run."""
    for name in ("_PALAVER_COMPLETE", "COMP_WORDS", "_TYPER_COMPLETE_ARGS"):
        monkeypatch.delenv(name, raising=False)
    assert completion.asked() is None
    monkeypatch.setenv("_PALAVER_COMPLETE", "complete_zsh")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "palaver users  list --js")
    assert completion.asked() == ["users", "list", "--js"]


def test_a_line_is_not_spoilt_by_a_missing_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that lacks a package has nothing to offer, and writes nothing into the line that is being typed."""
    room = Room("room_that_completes_nothing", "extra", {"act": "Act."})
    (tmp_path / "room_that_completes_nothing.py").write_text("import package_of_the_extra\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(front, "ROOMS", (room,))
    monkeypatch.setattr(front, "owner", {"act": room}.get)
    assert _completed("palaver act --", monkeypatch, capsys) == ([], "", ending.COULD_NOT)


def test_bash_completes_after_installing(tmp_path: Path) -> None:
    """`palaver --install-completion` is all that a user of bash has to do: the next shell completes by itself."""
    folder = Path(sys.executable).parent
    environment = {"HOME": str(tmp_path), "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    installed = subprocess.run(
        ["bash", "--norc", "-c", "palaver --install-completion; exit $?"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "bash completion installed in" in installed.stdout
    # What bash does on Tab: the function that was registered is called with the words in COMP_WORDS.
    press = 'COMP_WORDS=(palaver conform --ju); COMP_CWORD=2; _palaver_completion palaver; echo "${COMPREPLY[@]}"'
    offered = subprocess.run(
        ["bash", "--norc", "-c", f'. "$HOME/.bashrc"; complete -p palaver; {press}'],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert offered.stdout.splitlines() == ["complete -o default -F _palaver_completion palaver", "--junit"]


def _home(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which a shell finds `palaver`, and keeps what is installed for it below a folder."""
    folder = Path(sys.executable).parent
    return {"HOME": str(tmp_path), "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize(
    ("shell", "script"),
    [
        ("zsh", "compdef _palaver_completion palaver"),
        ("fish", "complete --command palaver"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName palaver"),
    ],
)
def test_every_shell_gets_its_script(
    shell: str, script: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script asks as `asked()` understands it."""
    monkeypatch.setenv("_PALAVER_COMPLETE", f"source_{shell}")
    with pytest.raises(SystemExit):
        front.main([])
    told = capsys.readouterr().out
    assert script in told
    assert f"complete_{shell}" in told
    assert "_TYPER_COMPLETE_ARGS" in told


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes(tmp_path: Path) -> None:
    """With the script, fish offers what can follow, and says what it is for."""
    done = subprocess.run(
        ["fish", "-c", "env _PALAVER_COMPLETE=source_fish palaver | source; complete -C 'palaver users re'"],
        env=_home(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["rename", "reset-password"], done.stderr


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_asks_and_understands_the_answer(tmp_path: Path) -> None:
    """What `palaver` answers is zsh's own language, and names what can follow.

    The function that zsh would show it by is replaced by one that prints: showing takes a terminal.
    """
    program = """
    compdef() { :; }
    _arguments() { print -rl -- "$@" }
    words=(palaver users re); CURRENT=3
    eval "$(env _PALAVER_COMPLETE=source_zsh palaver | grep -v '^#compdef')"
    _palaver_completion
    """
    done = subprocess.run(
        ["zsh", "-f", "-c", program], env=_home(tmp_path), capture_output=True, text=True, check=False
    )
    assert "rename" in done.stdout, done.stderr
    assert "reset-password" in done.stdout
    assert "delete" not in done.stdout
