"""The import-linter contracts in pyproject.toml can fail, every one of them."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("cli", "client", "codegen", "conformance", "generated", "runtime")

# For each contract, by its id: a module that breaks it, and what stands in it.
VIOLATIONS = {
    "codegen": ("codegen/palaver_codegen/planted.py", "import palaver_wire"),
    "wire": ("generated/palaver_wire/planted.py", "import sqlalchemy"),
    "runtime": ("runtime/palaver_runtime/planted.py", "import palaver_codegen"),
    "conformance": ("conformance/palaver_conformance/planted.py", "import palaver_runtime"),
    "conformance-documents": ("conformance/palaver_conformance/another.py", "from palaver_codegen import emit"),
    "client": ("client/palaver_client/planted.py", "import palaver_runtime"),
    "wire-in-dialects": ("runtime/palaver_runtime/services/planted.py", "import palaver_wire"),
    "runtime-layers": ("runtime/palaver_runtime/domain/planted.py", "from palaver_runtime import ports"),
    "dialects": ("runtime/palaver_runtime/dialects/planted.py", "from palaver_runtime.dialects import gateway"),
    "transports": ("runtime/palaver_runtime/transports/planted.py", "from palaver_runtime import domain"),
    "mock": ("runtime/palaver_runtime/mock/planted.py", "from palaver_runtime import services"),
    "adapters": ("runtime/palaver_runtime/adapters/planted.py", "from palaver_runtime import transports"),
    "core": ("runtime/palaver_runtime/delivery/planted.py", "import starlette"),
    "leaves": ("runtime/palaver_runtime/metrics/planted.py", "from palaver_runtime import domain"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the sources."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_is_broken_by_its_violation(copy: Path) -> None:
    """Each contract in pyproject.toml sees the one import that was planted against it."""
    contracts = tomllib.loads((copy / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert [contract["id"] for contract in contracts] == list(VIOLATIONS)
    for name, statement in VIOLATIONS.values():
        (copy / name).write_text(f"{statement}\n")
    path = os.pathsep.join(str(copy / room) for room in ROOMS)
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    kept = [contract["name"] for contract in contracts if f"{contract['name']} BROKEN" not in done.stdout]
    assert kept == [], done.stdout
