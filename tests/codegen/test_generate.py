"""The whole way from documents to text."""

from collections.abc import Callable
from pathlib import Path

import pytest

from palaver_codegen.generate import generate


def test_errors_leave_no_files(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """Documents with an error generate nothing at all."""
    edit("toy/asyncapi.yaml", "means: typing.stop", "means: typing.stopp")
    generation = generate(spec)
    assert generation.files == {}
    assert [problem.rule for problem in generation.problems] == ["meaning-unknown"]


def test_warnings_let_files_pass(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """A warning is told, and the files are there."""
    edit("toy/asyncapi.yaml", "      description: Without end.\n", "")
    generation = generate(spec)
    assert [problem.rule for problem in generation.problems] == ["description-missing"]
    assert "palaver_wire/toy/models.py" in generation.files


def test_named_dialect_owns_its_folder_only(spec: Path) -> None:
    """Generating one dialect makes no other stale; generating all owns the whole package."""
    assert generate(spec, ["toy"]).owned == ("palaver_wire/toy",)
    assert generate(spec).owned == ("palaver_wire",)


def test_output_does_not_depend_on_where_it_is_made(
    spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths in generated files are those below the spec folder, and a formatter's settings nearby change nothing."""
    absolute = generate(spec).files
    (tmp_path / "pyproject.toml").write_text("[tool.black]\nline-length = 60\n[tool.ruff]\nline-length = 60\n")
    monkeypatch.chdir(tmp_path)
    assert generate(Path("spec")).files == absolute
