"""Peers are installed as their locks say, once, and without running anything of theirs."""

import json
import re
from pathlib import Path

import pytest
from tools import installing
from tools.installing import PEERS


def test_packages_of_python_are_installed_once_for_a_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Again when the lock has changed, and not otherwise; what was half done is done again."""
    done: list[str] = []

    def do(*command: str | Path) -> None:
        done.append(str(command[1]))
        (tmp_path / ".venv").mkdir(exist_ok=True)

    monkeypatch.setattr(installing, "_do", do)
    lock = tmp_path / "requirements.txt"
    lock.write_text("one==1\n")
    installing._install_python(tmp_path)
    installing._install_python(tmp_path)
    assert done == ["venv", "pip"]
    lock.write_text("one==2\n")

    def fail(*command: str | Path) -> None:
        raise RuntimeError("no network")

    monkeypatch.setattr(installing, "_do", fail)
    with pytest.raises(RuntimeError, match="no network"):
        installing._install_python(tmp_path)
    monkeypatch.setattr(installing, "_do", do)
    installing._install_python(tmp_path)
    assert done == ["venv", "pip"] * 2


def test_what_cannot_be_installed_is_told() -> None:
    """With the command, and what it said."""
    with pytest.raises(RuntimeError, match=r"(?s)^/bin/sh -c .*\nno way there\n$"):
        installing._do("/bin/sh", "-c", "echo no way there >&2; exit 1")


def test_every_peer_is_locked() -> None:
    """To one version, with a hash of what is downloaded; npm runs no script of a package."""
    wanted = json.loads((PEERS / "package.json").read_text())["dependencies"]
    packages = json.loads((PEERS / "package-lock.json").read_text())["packages"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert [name for name, each in packages.items() if name and "integrity" not in each] == []
    assert "ignore-scripts=true\n" in (PEERS / ".npmrc").read_text()
    pins = re.split(r"\n(?=\w)", (PEERS / "requirements.txt").read_text())
    assert all(re.search(r"^[\w.-]+==\S+.*--hash=sha256:", pin, re.DOTALL) for pin in pins)
    assert (PEERS / "requirements.in").read_text().strip() in {pin.split()[0] for pin in pins}
