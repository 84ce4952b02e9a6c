"""The front door lists everything, imports little, and says what is missing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from palaver import __main__ as front
from palaver import __version__
from palaver.rooms import ROOMS, Room


def _run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as caught:
        front.main(arguments)
    printed = capsys.readouterr()
    return int(str(caught.value.code or 0)), printed.out, printed.err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_every_command_and_the_next_step(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`palaver` alone, like --help, shows all commands, what to type next, and what the exit codes mean."""
    code, out, _ = _run(arguments, capsys)
    assert code == 0
    for room in ROOMS:
        for name in room.commands:
            assert f"\n  {name} " in out
    assert "palaver serve --all" in out
    assert "Exit codes: 0 " in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints the version of the distribution."""
    assert _run(["--version"], capsys) == (0, f"palaver {__version__}\n", "")


def test_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped command exits with 2 and names the near one."""
    code, _, err = _run(["conforn"], capsys)
    assert code == 2
    assert "Did you mean 'conform'?" in err


def test_help_imports_no_room() -> None:
    """`palaver --help` is quick because no room and no package of an extra is imported for it."""
    program = (
        "import json, sys\n"
        "from palaver.__main__ import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit:\n    print('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    assert "typer" in loaded
    assert not loaded & {"palaver_codegen", "palaver_conformance", "palaver_runtime", "palaver_wire"}
    assert not loaded & {"pydantic", "sqlalchemy", "socketio", "httpx", "rich", "yaml", "asyncio"}


@pytest.fixture
def broken_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give a room whose command module needs a package that is not installed; return its command's name."""
    room = Room("room_without_its_extra", "extra-of-the-room", {"act": "Act."})
    (tmp_path / "room_without_its_extra.py").write_text("import package_of_the_extra.part\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(front, "ROOMS", (room,))
    monkeypatch.setattr(front, "owner", {"act": room}.get)
    return "act"


def test_missing_extra_is_said_in_one_line(broken_room: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A command whose extra is missing exits with 3 and one line that says what to install."""
    code, out, err = _run([broken_room, "--help"], capsys)
    assert (code, out) == (3, "")
    assert err == "palaver act needs the package package_of_the_extra: pip install 'palaver[extra-of-the-room]'\n"


def test_missing_extra_does_not_hide_the_help(broken_room: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The list of commands needs no extra."""
    code, out, _ = _run(["--help"], capsys)
    assert code == 0
    assert f"\n  {broken_room} " in out


def test_defect_of_ours_is_not_taken_for_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of Palaver itself that is absent shows as the error that it is."""
    room = Room("palaver_runtime.no_such_module", "server", {"act": "Act."})
    monkeypatch.setattr(front, "ROOMS", (room,))
    monkeypatch.setattr(front, "owner", {"act": room}.get)
    with pytest.raises(ModuleNotFoundError, match=r"palaver_runtime\.no_such_module"):
        front.main(["act"])
