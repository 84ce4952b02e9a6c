"""Compiling .proto files."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from palaver_codegen.documents.protos.compiler import compile_protos

RULES = ("proto-syntax",)


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


def test_imports_are_compiled_too(spec: Path) -> None:
    """The set holds every file, in an order in which each comes after what it imports."""
    compiled, problems = compile_protos(spec / "toy", ["bell.proto"])
    assert problems == []
    assert [file.name for file in compiled.file] == ["google/protobuf/timestamp.proto", "tower.proto", "bell.proto"]


def test_every_complaint_is_told(spec: Path) -> None:
    """All that protoc says with a place becomes a problem, and a warning none."""
    (spec / "toy" / "bad.proto").write_text(
        'syntax = "proto3";\nimport "tower.proto";\nmessage A {\n  B b = 1;\n  C c = 2;\n}\n'
    )
    compiled, problems = compile_protos(spec / "toy", ["bad.proto"])
    assert list(compiled.file) == []
    assert [(problem.place.file, problem.place.line, problem.reason) for problem in problems] == [
        (str(spec / "toy" / "bad.proto"), 4, '"B" is not defined.'),
        (str(spec / "toy" / "bad.proto"), 5, '"C" is not defined.'),
    ]


def test_complaint_without_a_place_is_told(spec: Path) -> None:
    """What protoc says of no place in a file is told of the folder."""
    _, (problem,) = compile_protos(spec / "toy", ["nowhere.proto"])
    assert (problem.place.file, problem.rule) == (str(spec / "toy"), "proto-syntax")
    assert "nowhere.proto" in problem.reason


def test_standard_error_is_left_alone(spec: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What protoc writes is caught, and what is written afterwards is not."""
    compile_protos(spec / "toy", ["nowhere.proto"])
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"
