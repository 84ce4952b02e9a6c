"""bootstrap.py does nothing when nothing changed, and says clearly what it cannot do."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Return a folder with all that decides what is installed, and no .venv."""
    for name in ("bootstrap.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def bootstrap(house: Path) -> ModuleType:
    """Return the bootstrap of that folder as a module."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", house / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "bootstrap.py"])
def test_any_input_changes_the_fingerprint(bootstrap: ModuleType, house: Path, name: str) -> None:
    """A change of a dependency, a pin, or the bootstrap itself is noticed; none is none."""
    before = bootstrap.fingerprint(house, "dev")
    assert bootstrap.fingerprint(house, "dev") == before
    with (house / name).open("a") as file:
        file.write("\n")
    assert bootstrap.fingerprint(house, "dev") != before


def test_other_extras_change_the_fingerprint(bootstrap: ModuleType, house: Path) -> None:
    """Asking for another set of extras installs it."""
    assert bootstrap.fingerprint(house, "dev") != bootstrap.fingerprint(house, "server")


def test_nothing_happens_when_nothing_changed(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a current stamp no command at all is run."""
    bootstrap.VENV.mkdir()
    bootstrap.STAMP.write_text(bootstrap.fingerprint(bootstrap.ROOT, "dev"))
    monkeypatch.setattr(bootstrap, "run", lambda command: pytest.fail(f"it ran {command}"))
    assert bootstrap.main([]) == 0


def test_failed_install_leaves_no_stamp(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When neither uv nor pip can install, pip's output is shown, and the next run tries again."""
    monkeypatch.setattr(bootstrap, "run", lambda command: (1, "no route to the index"))
    monkeypatch.setattr(bootstrap, "create_environment", lambda: None)
    assert bootstrap.main([]) == 1
    assert not bootstrap.STAMP.exists()
    assert "no route to the index" in capsys.readouterr().err


def test_pip_takes_over_when_uv_fails(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A uv that is there but fails is followed by pip, with the same constraints and the same target."""
    ran: list[list[str]] = []

    def run(command: list[object]) -> tuple[int, str]:
        ran.append([str(part) for part in command])
        return (1, "uv is out of order") if str(bootstrap.UV) in ran[-1] else (0, "")

    bootstrap.SCRIPTS.mkdir(parents=True)
    bootstrap.UV.touch()
    monkeypatch.setattr(bootstrap, "run", run)
    monkeypatch.setattr(bootstrap, "create_environment", lambda: None)
    assert bootstrap.main(["server"]) == 0
    by_uv, by_pip = ran[-2:]
    assert by_uv[0] == str(bootstrap.UV)
    assert by_pip[1:4] == ["-m", "pip", "install"]
    wanted = [
        "--constraint",
        str(bootstrap.ROOT / "constraints.txt"),
        "--editable",
        f"{bootstrap.ROOT}[server]",
    ]
    assert by_uv[-4:] == by_pip[-4:] == wanted


def test_old_python_is_told(bootstrap: ModuleType) -> None:
    """A Python below 3.11 is refused with what is needed, what was found, and what to type."""
    assert bootstrap.too_old((3, 11), "python3") is None
    assert bootstrap.too_old((3, 14), "python3") is None
    message = bootstrap.too_old((3, 9), "python3")
    assert all(part in message for part in ("3.11", "3.9", "python3 ", "make PYTHON=python3.11"))


def test_old_python_can_read_the_file() -> None:
    """The file parses on a Python that is too old, so that the refusal can be printed."""
    ast.parse((ROOT / "bootstrap.py").read_text(), feature_version=(3, 7))


def test_wrong_usage(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown flag is refused before anything is made."""
    assert bootstrap.main(["--help"]) == 2
    assert "usage:" in capsys.readouterr().err
    assert not bootstrap.VENV.exists()


def test_makes_the_environment_beside_itself(house: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Run from elsewhere, with another environment active, it makes its own .venv, and keeps it."""
    probe = (
        "import sys; sys.path.insert(0, sys.argv[1]); import bootstrap\n"
        "bootstrap.create_environment(); first = bootstrap.PYTHON.stat().st_ctime_ns\n"
        "bootstrap.create_environment(); print(first == bootstrap.PYTHON.stat().st_ctime_ns)\n"
        "print(bootstrap.run([bootstrap.PYTHON, '-c', 'import sys; print(sys.prefix)'])[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, house],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        env={**os.environ, "VIRTUAL_ENV": str(ROOT / "elsewhere")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == ["True", str(house / ".venv")]
    assert done.stderr.count("creating .venv") == 1
