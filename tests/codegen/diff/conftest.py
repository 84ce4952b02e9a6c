"""Bundles of the documents in base/, as they are and with edits, and the table of verdicts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from doubles.versions import BASE, CASES, Edit, dialect_of, verdicts, write

from palaver_codegen.diff import compare
from palaver_codegen.documents import Bundle, load_bundle


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for `case` every case of its module."""
    if "case" in metafunc.fixturenames:
        cases = CASES[metafunc.module.__name__.rpartition("test_")[2]]
        metafunc.parametrize("case", cases, ids=[case["claim"] for case in cases])


@pytest.fixture(scope="session")
def base() -> dict[str, Bundle]:
    """Return the dialects of the base."""
    return {name: load_bundle(BASE / name) for name in ("chat", "rpc")}


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Bundle]:
    """Return a function that gives a dialect of the base with edits."""

    def load(dialect: str, *edits: Edit, called: str = "spec") -> Bundle:
        write(tmp_path / called, list(edits))
        return load_bundle(tmp_path / called / dialect)

    return load


@pytest.fixture
def judge(base: dict[str, Bundle], edited: Callable[..., Bundle]) -> Callable[[dict[str, Any]], None]:
    """Return a function that compares both ways, and asserts that exactly the rules of a case report it."""

    def run(case: dict[str, Any]) -> None:
        dialect = dialect_of(case["edits"])
        old = edited(dialect, *case["from"], called="old") if "from" in case else base[dialect]
        new = edited(dialect, *case["edits"])
        assert verdicts(compare(old, new)) == sorted(case["there"])
        assert verdicts(compare(new, old)) == sorted(case["back"])

    return run
