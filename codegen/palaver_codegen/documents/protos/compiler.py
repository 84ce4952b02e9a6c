"""Compiling `.proto` files, in-process, by the protoc that grpcio-tools brings."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import IO

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from palaver_codegen.documents.problems import Place, Problem

_COMPLAINT = re.compile(r"(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?!warning: )(?P<reason>.*)")
_REMEDY = "correct the .proto file"


def compile_protos(folder: Path, names: Sequence[str]) -> tuple[FileDescriptorSet, list[Problem]]:
    """Compile files of a folder and all that they import, positions and comments included; empty with problems.

    What the standard has under google/protobuf/ can be imported too.
    """
    # Imported here: it takes a while, and few dialects speak gRPC.
    from grpc_tools import protoc  # type: ignore[import-untyped]

    compiled = FileDescriptorSet()
    with (
        tempfile.TemporaryDirectory() as scratch,
        as_file(files("grpc_tools") / "_proto") as standard,
        _standard_error() as caught,
    ):
        out = Path(scratch) / "descriptors"
        status = protoc.main(
            [
                "protoc",
                f"--proto_path={folder}",
                f"--proto_path={standard}",
                f"--descriptor_set_out={out}",
                "--include_imports",
                "--include_source_info",
                "--error_format=gcc",
                *names,
            ]
        )
        if status == 0:
            compiled.ParseFromString(out.read_bytes())
            return compiled, []
        caught.seek(0)
        return compiled, _problems(folder, caught.read().decode(errors="replace"))


def _problems(folder: Path, said: str) -> list[Problem]:
    """Return a problem for each complaint with a place; for all that was said if none has one."""
    placed = [match for line in said.splitlines() if (match := _COMPLAINT.fullmatch(line))]
    problems = [
        Problem(
            Place(os.path.normpath(match["file"]), int(match["line"]), int(match["column"])),
            "proto-syntax",
            match["reason"],
            _REMEDY,
        )
        for match in placed
    ]
    unplaced = " ".join(said.split()) or "protoc failed and did not say why"
    return problems or [Problem(Place(os.path.normpath(folder)), "proto-syntax", unplaced, _REMEDY)]


@contextmanager
def _standard_error() -> Iterator[IO[bytes]]:
    """Catch what goes to the descriptor of standard error: protoc is C++ and knows no `sys.stderr`."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield caught
        finally:
            os.dup2(kept, 2)
            os.close(kept)
