"""A toy dialect that is right, and ways to make it wrong.

`golden/spec` holds the toy. Each file in `negative/<rule>/` holds edits of it that break one rule, or files that are
put beside its own; a comment `# <- rule:column` (`// <- rule:column` in a .proto file) at the end of a line of an edit
says that this line and column, and no other, is where the rule has to find it.
"""

import importlib
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from palaver_codegen.documents import Problem
from palaver_codegen.documents.check import findings
from palaver_codegen.emit import write
from palaver_codegen.generate import generate

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
NEGATIVE = HERE / "negative"

_MARK = re.compile(r"(?:#|//) <- (?P<marks>[a-z-]+:\d+(?: [a-z-]+:\d+)*)$")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for `breach` every fixture of the rules that its module lists in RULES."""
    if "breach" in metafunc.fixturenames:
        files = [file for rule in metafunc.module.RULES for file in sorted((NEGATIVE / rule).glob("*.yaml"))]
        metafunc.parametrize("breach", files, ids=[f"{file.parent.name}-{file.stem}" for file in files])


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """Return a copy of the toy's spec folder that the test may change."""
    return Path(shutil.copytree(GOLDEN / "spec", tmp_path / "spec"))


@pytest.fixture
def edit(spec: Path) -> Callable[[str, str, str], None]:
    """Return a function that replaces the one place in a file of the toy where some text stands."""

    def replace(file: str, find: str, put: str) -> None:
        path = spec / file
        content = path.read_text()
        assert content.count(find) == 1, f"{find!r} stands {content.count(find)} times in {file}"
        path.write_text(content.replace(find, put))

    return replace


@pytest.fixture
def found(spec: Path) -> Callable[[], list[Problem]]:
    """Return a function that finds all that is wrong with the toy as it now is."""
    return lambda: findings([spec / "toy"])


@pytest.fixture
def expose(
    spec: Path, edit: Callable[[str, str, str], None], found: Callable[[], list[Problem]]
) -> Callable[[Path], None]:
    """Return a function that applies a breach and compares what is found with what its marks say."""

    def run(breach: Path) -> None:
        fixture: dict[str, Any] = yaml.safe_load(breach.read_text())
        for change in fixture["edits"]:
            if "find" in change:
                edit(change["file"], change["find"], change["put"])
            else:
                (spec / change["file"]).write_text(change["put"])
        expected = sorted(_marks(spec))
        assert expected, "a breach marks the lines where it is to be found"
        problems = found()
        assert sorted(map(_said, problems)) == expected
        for problem in problems:
            assert problem.reason
            assert problem.remedy

    return run


def _said(problem: Problem) -> tuple[str, int, int, str]:
    return problem.place.file, problem.place.line, problem.place.column, problem.rule


def _marks(spec: Path) -> Iterator[tuple[str, int, int, str]]:
    for file in (*spec.rglob("*.yaml"), *spec.rglob("*.proto")):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            for mark in match["marks"].split() if (match := _MARK.search(line)) else ():
                rule, column = mark.split(":")
                yield str(file), number, int(column), rule


@pytest.fixture
def wire(spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Return a function that imports a generated module of the toy as it now is, generated at the first call."""
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "palaver_wire"}
    for name in kept:
        del sys.modules[name]

    def load(name: str) -> ModuleType:
        out = tmp_path / "generated"
        if not out.exists():
            generation = generate(spec)
            assert generation.problems == []
            write(generation.files, out, generation.owned)
            monkeypatch.syspath_prepend(str(out))
        module = importlib.import_module(f"palaver_wire.{name}")
        assert module.__file__ is not None
        assert Path(module.__file__).is_relative_to(out)
        return module

    yield load
    for name in [name for name in sys.modules if name.partition(".")[0] == "palaver_wire"]:
        del sys.modules[name]
    sys.modules.update(kept)
