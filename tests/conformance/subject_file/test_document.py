"""Files as trees that know their lines."""

from pathlib import Path

import pytest

from palaver_codegen.documents.problems import Place
from palaver_conformance.errors import UsageError
from palaver_conformance.subject_file.document import read

TOML = '''# A comment.
name = "x = 1"
text = """
[no.table]
key = 2
"""
short = """one line"""
[launch]
command = "run"
"with space" . deep = 1

[[tokens]]
user = "a"
[[tokens]]
user = "b"
when = 2026-12-31
list = [
  1, 2,
]
'''


def test_toml_has_places(tmp_path: Path) -> None:
    """Keys and tables have the place at which they are written, also between texts of several lines."""
    path = tmp_path / "a.toml"
    path.write_text(TOML)
    data = read(path)
    assert list(data) == ["name", "text", "short", "launch", "tokens"]
    at = {name: place.line for name, place in data.places.items()}
    assert at == {"name": 2, "text": 3, "short": 7, "launch": 8, "tokens": 1}
    launch, tokens = data["launch"], data["tokens"]
    assert launch.places["command"] == Place(str(path), 9, 1)
    assert launch["with space"].places["deep"].line == 10
    assert [place.line for place in tokens.places] == [12, 14]
    second = tokens[1]
    assert (second["when"], second.places["when"].line, second.places["list"].line) == ("2026-12-31", 16, 17)
    assert second["list"] == [1, 2]


def test_yaml_has_places(tmp_path: Path) -> None:
    """YAML is read as the documents are."""
    path = tmp_path / "a.yaml"
    path.write_text("name: x\nlaunch:\n  command: run\n")
    assert read(path)["launch"].places["command"].line == 3


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.toml", "name = \n", r"a\.toml:1:\d+: Invalid value; correct the syntax"),
        ("a.toml", 'name = "x', r"a\.toml:1:"),
        ("a.yaml", "name: [\n", r"a\.yaml:2:1: "),
        ("a.yaml", "- a\n", r"a\.yaml:1:1: is not a mapping"),
        ("a.yaml", "a: 1\na: 2\n", r"a\.yaml:2:1: key 'a' is written twice"),
        ("a.toml", b"\xff", "UTF-8"),
    ],
)
def test_malformed_files_are_told_with_their_place(name: str, content: str | bytes, told: str, tmp_path: Path) -> None:
    """What is malformed is wrong usage, with file and line."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError, match=told):
        read(path)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    """A file that cannot be read is told by its name."""
    with pytest.raises(UsageError, match=r"none\.yaml cannot be read: No such file"):
        read(tmp_path / "none.yaml")
