"""A sixth dialect takes documents and one module, and no change anywhere else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIXTH = Path(__file__).parent / "sixth"
IGNORED = shutil.ignore_patterns("__pycache__")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a copy of documents and runtime with two files more; what is generated, is generated from it."""
    shutil.copytree(ROOT / "spec", tmp_path / "spec", ignore=IGNORED)
    shutil.copytree(ROOT / "runtime", tmp_path / "runtime", ignore=IGNORED)
    (tmp_path / "spec" / "pigeon").mkdir()
    shutil.copy(SIXTH / "asyncapi.yaml", tmp_path / "spec" / "pigeon")
    shutil.copy(SIXTH / "pigeon.py", tmp_path / "runtime" / "palaver_runtime" / "dialects")
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `palaver` in the copy, with its runtime and its API layer before our own."""
    path = os.pathsep.join(str(project / each) for each in ("generated", "runtime"))
    return subprocess.run(
        [sys.executable, "-m", "palaver", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_documents_and_one_module_are_a_dialect(project: Path) -> None:
    """It is generated without a finding, listed, served beside the others, and conforms to its documents."""
    written = run(project, "generate")
    assert written.returncode == 0, written.stdout + written.stderr
    listed = json.loads(run(project, "dialects", "--json").stdout)
    assert {"name": "pigeon", "url": "http://127.0.0.1:4006"}.items() <= listed[-2].items()
    serve = f"PALAVER_JWT_SECRET={{secret}} {sys.executable} -m palaver serve --dialect pigeon --port {{port}}"
    judged = run(
        project, "conform", "--spec", "pigeon", "--launch", serve, "--json", "-", "--time-factor", "3", "--seed", "5"
    )
    report = json.loads(judged.stdout)
    wrong = [
        (each["id"], each["reason"], each["arrived"])
        for each in report["scenarios"]
        if each["verdict"] not in ("pass", "not-applicable")
    ]
    assert judged.returncode == 0, wrong
    passed = {each["id"] for each in report["scenarios"] if each["verdict"] == "pass"}
    assert {"auth.connect.valid", "messages.send.broadcast", "messages.order.pipelined"} <= passed
