"""Tests mirror the source, both ways."""

from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("cli", "client", "codegen", "conformance", "runtime")


def mirror(module: PurePosixPath) -> PurePosixPath:
    """Return the test file of a module, both relative to the repository.

    The package's folder is dropped: codegen/palaver_codegen/a/b.py is tested by tests/codegen/a/test_b.py. So
    are the underscores around a private or special name: __main__.py is tested by test_main.py. Migrations are
    proven by what they make together: all below a/migrations/ are tested by a/test_migrations.py.
    """
    room, _, *folders, name = module.parts
    if "migrations" in folders:
        folders, name = folders[: folders.index("migrations")], "migrations"
    return PurePosixPath("tests", room, *folders, f"test_{name.removesuffix('.py').strip('_')}.py")


def disagreements(root: Path) -> list[str]:
    """Return a line for each module without its test file and each test file without its module."""
    wanted = {mirror(module): module for room in ROOMS for module in _files(root, room, "*/**/*.py")}
    present = {test for room in ROOMS for test in _files(root, f"tests/{room}", "**/test_*.py")}
    untested = [f"{module} has no {test}" for test, module in wanted.items() if test not in present]
    orphans = [f"{test} mirrors no module" for test in present if test not in wanted]
    return sorted(untested + orphans)


def _files(root: Path, folder: str, pattern: str) -> list[PurePosixPath]:
    found = (path for path in (root / folder).glob(pattern) if path.name != "__init__.py")
    return [PurePosixPath(path.relative_to(root).as_posix()) for path in found]


def test_every_module_has_its_test_file_and_the_reverse() -> None:
    """Nobody has to search for the tests of a module, and none outlive it."""
    assert disagreements(ROOT) == []


@pytest.mark.parametrize(
    ("module", "test"),
    [
        ("codegen/palaver_codegen/a/b.py", "tests/codegen/a/test_b.py"),
        ("cli/palaver/__main__.py", "tests/cli/test_main.py"),
        ("runtime/palaver_runtime/sql/migrations/versions/0001.py", "tests/runtime/sql/test_migrations.py"),
        ("runtime/palaver_runtime/domain/_order.py", "tests/runtime/domain/test_order.py"),
    ],
)
def test_rule(module: str, test: str) -> None:
    """The rule is the one that CONTRIBUTING.md gives."""
    assert mirror(PurePosixPath(module)) == PurePosixPath(test)


def test_check_can_fail(tmp_path: Path) -> None:
    """A module without a test file and a test file without a module are both found, and nothing else is."""
    for name in (
        "codegen/palaver_codegen/__init__.py",
        "codegen/palaver_codegen/tested.py",
        "codegen/palaver_codegen/deep/untested.py",
        "tests/codegen/test_tested.py",
        "tests/codegen/conftest.py",
        "tests/codegen/test_orphan.py",
        "tests/journeys/test_whole_way.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert disagreements(tmp_path) == [
        "codegen/palaver_codegen/deep/untested.py has no tests/codegen/deep/test_untested.py",
        "tests/codegen/test_orphan.py mirrors no module",
    ]
