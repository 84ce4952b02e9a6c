"""The packages of a folder are installed once, and again when its lockfile changes."""

import json
import os
from pathlib import Path

import pytest
from servers.node import install

_EMPTY = {"name": "nothing", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "nothing"}}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder whose packages are none."""
    (tmp_path / "package.json").write_text('{"name": "nothing", "version": "1.0.0"}')
    (tmp_path / "package-lock.json").write_text(json.dumps(_EMPTY))
    return tmp_path


async def test_installs_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed already is left alone, and npm is not even looked for."""
    assert os.access(await install(project), os.X_OK)
    node = project / "node"
    node.touch(0o755)
    monkeypatch.setenv("PATH", str(project))
    assert await install(project) == str(node)


async def test_a_changed_lockfile_installs_again(project: Path) -> None:
    """What a former lockfile has left is removed."""
    await install(project)
    leftover = project / "node_modules" / "leftover"
    leftover.mkdir()
    (project / "package-lock.json").write_text(json.dumps(_EMPTY, indent=2))
    await install(project)
    assert not leftover.exists()


async def test_failure_is_told(project: Path) -> None:
    """A lockfile that cannot be read fails the test with what npm said, and nothing counts as installed."""
    (project / "package-lock.json").write_text("{")
    with pytest.raises(AssertionError, match="npm ci failed"):
        await install(project)
    assert not (project / "node_modules" / ".palaver-stamp").exists()
