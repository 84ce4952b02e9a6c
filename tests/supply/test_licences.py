"""THIRD-PARTY.md is what the packages say, complete, and nothing beside the server asks for more than it can give."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "supply" / "licences.py"
PAGE = (ROOT / "THIRD-PARTY.md").read_text()
PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}
# Of files, not of what uses them.
WEAK = {"MPL-2.0"}


def rows(title: str) -> list[list[str]]:
    """Return the cells of the table below a heading."""
    text = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"][2:]


def test_the_page_is_current() -> None:
    """`make third-party` would change nothing."""
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_pinned_package_is_listed() -> None:
    """With a licence, whatever platform it is for."""
    names = [re.split("[= ]", line)[0] for line in (ROOT / "constraints.txt").read_text().splitlines()]
    listed = rows("Python packages")
    assert [row[0] for row in listed] == names
    assert all(row[1] for row in listed + rows("npm packages"))


def test_everything_vendored_is_listed_and_has_its_licence() -> None:
    """Every file in a folder called vendor belongs to an entry, and the folder has LICENSE and NOTICE."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = {path for path in tracked.splitlines() if "/vendor/" in path and not path.endswith((".j2", ".py", ".d.ts"))}
    entries = json.loads((ROOT / "supply" / "vendored.json").read_text())
    folders = {each["folder"] for each in entries}
    listed = {f"{each['folder']}/{name}" for each in entries for name in each["files"]}
    assert found == listed | {f"{folder}/{name}" for folder in folders for name in ("LICENSE", "NOTICE")}
    for each in entries:
        notice = (ROOT / each["folder"] / "NOTICE").read_text()
        assert all(name in notice for name in each["files"])
        assert each["version"] in notice
    assert len(rows("In this repository")) == len(entries)


def test_nothing_beside_the_server_binds_it() -> None:
    """What the image has, and what the wheel carries, is permissive, or asks for its own files alone."""
    beside = [row for row in rows("Python packages") if row[2] == "yes"]
    assert len(beside) > 40
    for name, licence, _ in beside:
        terms = set(re.findall(r"[A-Za-z0-9.-]+", licence)) - {"AND", "OR", "WITH"}
        assert terms <= PERMISSIVE | WEAK, name
    assert {row[2] for row in rows("In this repository")} <= PERMISSIVE


@pytest.mark.parametrize(
    ("name", "licence"), [("protobuf", "BSD-3-Clause"), ("pydantic", "MIT"), ("orjson", "MPL-2.0")]
)
def test_licences_are_expressions(name: str, licence: str) -> None:
    """As SPDX has them: said by the package, or known here."""
    (row,) = [each for each in rows("Python packages") if each[0] == name]
    assert licence in row[1]


def test_an_unknown_licence_is_no_entry() -> None:
    """A package that says nothing, and that nobody has looked at, is an error and not an empty cell."""
    program = "import runpy, sys; found = runpy.run_path(sys.argv[1]); found['licence']('no-such-package-of-anybody')"
    done = subprocess.run([sys.executable, "-c", program, SCRIPT], capture_output=True, text=True)
    assert "Unknown: no-such-package-of-anybody" in done.stderr
