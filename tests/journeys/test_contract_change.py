"""A change of the documents is felt everywhere until the code follows."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(folder: Path, *command: str, generated: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a tool of the project, in a folder, with the API layer of another folder before our own."""
    paths = {"PYTHONPATH": str(generated), "MYPYPATH": str(generated)} if generated else {}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, **paths},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a copy of the documents of one dialect; what is generated, is generated from it."""
    for name in ("common", "gateway"):
        shutil.copytree(ROOT / "spec" / name, tmp_path / "spec" / name)
    return tmp_path


def rename(project: Path, old: str, new: str) -> None:
    """Rename an event in the copy, and generate."""
    document = project / "spec" / "gateway" / "asyncapi.yaml"
    text = document.read_text()
    assert f"name: {old}\n" in text
    document.write_text(text.replace(f"name: {old}\n", f"name: {new}\n"))
    written = run(project, "palaver", "generate")
    assert written.returncode == 0, written.stdout + written.stderr


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("message:send", "message:post", "message_post"),
        ("message:new", "message:created", "MESSAGE_NEW"),
    ],
)
def test_a_renamed_event_stops_the_server_until_its_code_follows(
    project: Path, old: str, new: str, complaint: str
) -> None:
    """Neither a handler of an old name nor an event that is sent under one gets as far as listening."""
    rename(project, old, new)
    served = run(project, "palaver", "serve", "--dialect", "gateway", "--port", "0", generated=project / "generated")
    assert served.returncode != 0
    assert complaint in served.stdout + served.stderr


def test_a_renamed_event_fails_the_type_check_until_its_code_follows(project: Path) -> None:
    """Both the missing handler and the missing event are found by mypy, at the lines that have to follow."""
    rename(project, "message:send", "message:post")
    rename(project, "message:new", "message:created")
    cache = project / "cache"
    if (ROOT / ".mypy_cache").exists():  # the lint has just checked nearly all of it
        shutil.copytree(ROOT / ".mypy_cache", cache)
    checked = run(
        project,
        "mypy",
        "--config-file",
        str(ROOT / "pyproject.toml"),
        *("--cache-dir", str(cache)),
        *("-p", "palaver_runtime.dialects.gateway"),
        generated=project / "generated",
    )
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert '"GatewayEvents" is missing following "EventHandlers" protocol member' in checked.stdout
    assert "message_post" in checked.stdout
    assert 'has no attribute "MESSAGE_NEW"' in checked.stdout
