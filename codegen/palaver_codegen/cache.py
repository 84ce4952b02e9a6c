"""What was generated before, kept by what it was made of: the same documents are not worked out twice.

A key is a digest of everything that decides the result, this generator included, so nothing in the folder is ever
wrong, only unused. What cannot be read is as if it were not there.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from palaver_codegen.documents.tree import Json

FOLDER = Path(".palaver-cache")
KEPT = 64
"""Entries; the ones that were used longest ago go."""

# What has a say in what is written, beside our own source.
_LIBRARIES = ("datamodel-code-generator", "jinja2", "jsonschema-rs", "pyyaml", "grpcio-tools")


class Cache:
    """JSON values by the digest of what they were made of, a file for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, kind: str, parts: Iterable[bytes]) -> str:
        """Return the digest of some parts, and of this generator."""
        digest = hashlib.sha256(f"{kind}\0{self._generator}\0".encode())
        for part in parts:
            digest.update(b"%d:" % len(part) + part)
        return f"{kind}-{digest.hexdigest()[:40]}"

    def get(self, key: str) -> Json:
        """Return what was kept, None if nothing was."""
        path = self._folder / f"{key}.json"
        try:
            kept: Json = json.loads(path.read_bytes())
        except (OSError, ValueError):
            return None
        with suppress(OSError):
            os.utime(path)
        return kept

    def put(self, key: str, value: Json) -> None:
        """Keep a value. Where the folder cannot be written to, nothing is kept."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / ".gitignore").write_text("*\n", encoding="utf-8")
            descriptor, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(value, file)
            # Complete or not at all: two processes may be at it.
            Path(name).replace(self._folder / f"{key}.json")
            self._forget()

    def _forget(self) -> None:
        entries = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in entries[KEPT:]:
            path.unlink(missing_ok=True)

    @cached_property
    def _generator(self) -> str:
        """Everything beside the documents that decides what is generated."""
        digest = hashlib.sha256(platform.python_version().encode())
        for name in _LIBRARIES:
            digest.update(f"{name}={version(name)}\0".encode())
        package = Path(__file__).parent
        for path in sorted(package.rglob("*")):
            if path.is_file() and path.suffix not in (".pyc", ".pyo"):
                digest.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes())
        return digest.hexdigest()
