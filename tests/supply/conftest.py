"""What the tests of the compiled build share: a small project to compile, which takes seconds."""

from pathlib import Path

import compiled
import pytest

_PROJECT = """\
[tool.palaver-compiled]
modules = ["one.py", "two.py"]

[tool.mypy]
explicit_package_bases = true
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small project with two modules to compile, not optimised and so not trained."""
    monkeypatch.setattr(compiled, "ROOT", tmp_path)
    monkeypatch.setenv("MYPYC_OPT_LEVEL", "0")
    package = tmp_path / "runtime" / "palaver_runtime"
    package.mkdir(parents=True)
    for name in ("__init__.py", "two.py"):
        (package / name).touch()
    (package / "one.py").write_text("def one() -> int:\n    return 1\n")
    (tmp_path / "pyproject.toml").write_text(_PROJECT)
    return tmp_path
