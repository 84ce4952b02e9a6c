"""What mypyc makes is compiled on all processors, and as no settings say that are not ours."""

import os
import subprocess
import sys
from pathlib import Path

import extensions
import pytest
from compiled import SUFFIX

_TOGETHER = """\
#!/bin/sh
case " $* " in *" -c "*)
  touch %(folder)s/$$
  for each in $(seq 600); do
    [ $(ls %(folder)s | wc -l) -gt 1 ] && break
    [ $each = 600 ] && echo 'nobody else came' && exit 1
    sleep 0.05
  done
esac
exec cc "$@"
"""
"""A compiler of C that waits for another one to begin before it ends."""


@pytest.fixture
def translated(toy: Path) -> Path:
    """Return a folder with the C of the toy."""
    files = ["runtime/palaver_runtime/one.py", "runtime/palaver_runtime/two.py"]
    options = ["--config-file", "pyproject.toml", "--cache-dir", str(toy / "cache"), *files]
    run(toy, "translate", toy / "c", "0", *options)
    return toy / "c"


def run(where: Path, *arguments: str | Path, **environment: str) -> None:
    """Run a step in a project."""
    env = {**os.environ, "MYPYPATH": "runtime", **environment}
    done = subprocess.run([sys.executable, extensions.__file__, *arguments], cwd=where, env=env, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.skipif(os.cpu_count() == 1, reason="one processor takes one after the other")
def test_files_are_compiled_side_by_side(toy: Path, translated: Path) -> None:
    """One that waits for another does not wait in vain."""
    at_work = toy / "at-work"
    at_work.mkdir()
    script = toy / "compiler"
    script.write_text(_TOGETHER % {"folder": at_work})
    script.chmod(0o755)
    run(toy, "build", translated, toy / "made", CC=str(script))
    assert len(list(at_work.iterdir())) >= 4
    assert (toy / "made" / "palaver_runtime" / f"one{SUFFIX}").is_file()


def test_no_settings_of_the_project_or_the_user_are_read(toy: Path, translated: Path) -> None:
    """Not even those that would not work."""
    nonsense = "[build_ext]\nlibraries = no-such-library\n"
    (toy / "setup.cfg").write_text(nonsense)
    (toy / ".pydistutils.cfg").write_text(nonsense)
    run(toy, "build", translated, toy / "made", HOME=str(toy))
    assert (toy / "made" / "palaver_runtime" / f"two{SUFFIX}").is_file()
