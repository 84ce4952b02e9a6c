"""No committed file names a machine: no folder of one, no package registry."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Spelled in pieces, so that this file does not find itself.
_FOLDERS = r"(?<![\w.<>}~:/-])/(?:" + "|".join(("work", "root", "home", "Users", "opt")) + r")/[\w.]"
_REGISTRIES = "|".join(
    (
        r'"resolved"' + r': "https?://',
        r"--(?:extra-)?index" + r"-url[ =]",
        r"--find" + r"-links[ =]",
        r"file:" + r"///\w",
    )
)
_FORBIDDEN = re.compile(f"{_FOLDERS}|{_REGISTRIES}")


def tracked(root: Path) -> list[Path]:
    """Return the files that git tracks, or would with the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return [root / name for name in listed.split("\0") if name and (root / name).is_file()]


def traces(root: Path) -> Iterator[str]:
    """Yield file:line: text of every line that names a machine."""
    for path in tracked(root):
        data = path.read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.decode(errors="replace").splitlines(), start=1):
            if _FORBIDDEN.search(line):
                yield f"{path.relative_to(root)}:{number}: {line.strip()}"


def test_no_file_names_a_machine() -> None:
    """Everything that is committed means the same on every machine."""
    assert list(traces(ROOT)) == []


@pytest.mark.parametrize(
    "line",
    [
        "cd /" + "work/main",
        'path = "/' + 'root/.venv"',
        "see /" + "home/ada/palaver",
        '"resolved"' + ': "https://packages.test/ws/-/ws-8.tgz"',
        "--index-url" + " https://example.test/simple",
        "--find-links" + " wheels",
        "url = file:" + "///srv/wheels",
    ],
)
def test_check_can_fail(line: str, tmp_path: Path) -> None:
    """A planted trace is reported with its place, in a file that is not committed yet too."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "planted.txt").write_text(f"fine\n{line}\n")
    assert list(traces(tmp_path)) == [f"planted.txt:2: {line}"]


@pytest.mark.parametrize("line", ["http://127.0.0.1:4001/home/x", "a/home/b", "~/home/palaver"])
def test_check_leaves_others_alone(line: str, tmp_path: Path) -> None:
    """Addresses and relative paths that only look alike are not reported."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "fine.txt").write_text(line)
    assert list(traces(tmp_path)) == []
