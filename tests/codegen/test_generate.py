"""The whole way from documents to text."""

from collections.abc import Callable
from pathlib import Path

import pytest

from palaver_codegen import generate as module
from palaver_codegen.cache import Cache
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


def test_a_package_of_somebody_elses_leans_on_ours(spec: Path) -> None:
    """It has a name of its own, takes what all dialects are made of from palaver_wire, and its dialects from itself."""
    generation = generate(spec, package="their.wire")
    assert generation.owned == ("their/wire",)
    assert "their/wire/toy/models.py" in generation.files
    assert not any(path.endswith("contract.py") for path in generation.files)
    imported = {
        line
        for path, content in generation.files.items()
        if path.endswith(".py")
        for line in content.splitlines()
        if line.startswith("from ") and "wire" in line
    }
    assert "from their.wire.toy import models" in imported
    ours = {line for line in imported if "palaver_wire" in line}
    assert {line.split()[1] for line in ours} == {"palaver_wire", "palaver_wire.client", "palaver_wire.contract"}
    assert "from palaver_wire import client" in ours


def test_unchanged_documents_are_generated_from_the_cache(
    spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time nothing is checked, and the result is the same; for another package it is not taken."""
    cache = Cache(tmp_path / "cache")
    first = generate(spec, cache=cache)
    other = generate(spec, package="theirs", cache=cache)
    with monkeypatch.context() as patch:
        patch.setattr(module, "check_all", lambda folders: pytest.fail(f"{folders} were checked"))
        assert generate(spec, cache=cache) == first
        assert generate(spec, package="theirs", cache=cache) == other != first
    assert generate(spec) == first


def test_changed_documents_are_not(spec: Path, tmp_path: Path, edit: Callable[[str, str, str], None]) -> None:
    """After a change of any file of the folder the result is that of the file, and an error is never kept."""
    cache = Cache(tmp_path / "cache")
    first = generate(spec, cache=cache)
    edit("toy/asyncapi.yaml", "summary: Send a note", "summary: Send one note")
    second = generate(spec, cache=cache)
    assert second == generate(spec) != first
    edit("toy/asyncapi.yaml", "means: typing.stop", "means: typing.stopp")
    for _ in range(2):
        assert [problem.rule for problem in generate(spec, cache=cache).problems] == ["meaning-unknown"]


def test_what_lies_elsewhere_is_read_again(spec: Path, tmp_path: Path, edit: Callable[[str, str, str], None]) -> None:
    """A file outside the folder has no part in the key, so what refers to it is not kept as a whole."""
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text("schemas:\n  Far: {type: object, description: Far., examples: [{}]}\n")
    edit("toy/asyncapi.yaml", "    Sent:\n", "    Far: {$ref: '../../elsewhere.yaml#/schemas/Far'}\n    Sent:\n")
    cache = Cache(tmp_path / "cache")
    assert "Far." in generate(spec, cache=cache).files["palaver_wire/toy/models.py"]
    elsewhere.write_text(elsewhere.read_text().replace("Far.", "Farther."))
    assert "Farther." in generate(spec, cache=cache).files["palaver_wire/toy/models.py"]
