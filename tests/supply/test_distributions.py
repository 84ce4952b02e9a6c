"""Wheel and sdist have what they should and nothing else, and are the same bytes each time."""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = [Path(sys.executable).with_name("hatchling"), "build", "--directory"]


def built(folder: Path, **variables: str) -> dict[str, Path]:
    """Build both into a folder; return them by their suffix."""
    subprocess.run([*BUILD, folder], cwd=ROOT, check=True, capture_output=True, env={**os.environ, **variables})
    return {path.suffix: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return both."""
    return built(tmp_path_factory.mktemp("dist"))


def tracked() -> set[str]:
    """Return the files that git tracks, or would with the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


def test_the_wheel_has_the_packages_alone(distributions: dict[str, Path]) -> None:
    """Each file of the six packages, with types and bundled documents; no test, no specification, no bench."""
    text = (ROOT / "pyproject.toml").read_text()
    packages = re.findall(r'^  "(\w+)/(palaver\w*)",$', text, re.MULTILINE)
    assert len(packages) == 6
    wanted = {
        name.partition("/")[2]
        for name in tracked()
        for room, package in packages
        if name.startswith(f"{room}/{package}/")
    }
    with zipfile.ZipFile(distributions[".whl"]) as wheel:
        names = set(wheel.namelist())
    (info,) = {name.partition("/")[0] for name in names if ".dist-info/" in name}
    assert {name for name in names if not name.startswith(info)} == wanted
    assert {f"{info}/licenses/LICENSE", f"{info}/entry_points.txt"} <= names
    assert {f"{package}/py.typed" for _, package in packages} <= wanted


def test_the_sdist_is_the_repository(distributions: dict[str, Path]) -> None:
    """All that is tracked, tests, specification and generated code included, and nothing that lies about beside it."""
    with tarfile.open(distributions[".gz"]) as sdist:
        members = sdist.getmembers()
        names = {each.name.partition("/")[2] for each in members if each.isfile()}
    assert names - {"PKG-INFO"} == tracked()
    assert {"tests", "spec", "generated"} <= {name.partition("/")[0] for name in names}
    # Whose machine it was built on is nobody's business.
    assert {(each.uid, each.gid, each.uname, each.gname) for each in members} == {(0, 0, "", "")}


def test_they_are_the_same_each_time(distributions: dict[str, Path], tmp_path: Path) -> None:
    """At another time, in another time zone, for another user."""
    again = built(tmp_path, TZ="Pacific/Auckland", LANG="C", USER="somebody", HOME=str(tmp_path.parent))
    digests = [
        {kind: hashlib.sha256(path.read_bytes()).hexdigest() for kind, path in each.items()}
        for each in (distributions, again)
    ]
    assert digests[0] == digests[1]
    assert set(digests[0]) == {".whl", ".gz"}
