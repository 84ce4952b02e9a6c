"""The innermost packages lean on nothing that they do not name."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def imported(folder: Path) -> dict[str, set[str]]:
    """Return the top-level packages that the modules below a folder import, each with the files that do."""
    found: dict[str, set[str]] = {}
    for path in sorted([folder] if folder.is_file() else folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(path.name)
    return found


def strangers(folder: Path, allowed: set[str]) -> dict[str, set[str]]:
    """Return what is imported beside the standard library and the allowed packages."""
    known = sys.stdlib_module_names | allowed
    return {package: files for package, files in imported(folder).items() if package not in known}


@pytest.mark.parametrize(
    ("place", "allowed"),
    [
        ("bootstrap.py", set()),
        ("runtime/palaver_runtime/domain", {"palaver_runtime"}),
        # Pydantic brings its core, and typing_extensions, as Python 3.11 lacks what the models use of it.
        ("generated/palaver_wire", {"palaver_wire", "pydantic", "pydantic_core", "typing_extensions"}),
        # Some commands take two rooms: the mock serves documents, and the published site tells what proves them.
        ("cli/palaver", {"palaver", "palaver_codegen", "palaver_conformance", "palaver_runtime", "typer"}),
    ],
)
def test_imports_only_what_it_may(place: str, allowed: set[str]) -> None:
    """bootstrap.py and the domain need the standard library alone; the wire pydantic too, the cli typer and rooms."""
    assert imported(ROOT / place), f"{place} has no imports at all: is it still there?"
    assert strangers(ROOT / place, allowed) == {}


def test_check_can_fail(tmp_path: Path) -> None:
    """A dependency is found however it is imported, and wherever in the file."""
    (tmp_path / "a.py").write_text("import json\nimport yaml.nodes as n\nfrom . import b\n")
    (tmp_path / "b.py").write_text("def late():\n    from sqlalchemy.orm import Session\n")
    assert strangers(tmp_path, {"pydantic"}) == {"yaml": {"a.py"}, "sqlalchemy": {"b.py"}}
