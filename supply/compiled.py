"""The runtime with its hot modules compiled: a copy beside the sources, to be put before them on Python's path.

    python supply/compiled.py [FOLDER]        default: build/compiled

mypyc, which comes with mypy, turns typed Python into C. What is compiled stands in pyproject.toml, in
`tool.palaver-compiled`; it does the same as the sources, in about a third of the time, and a C compiler is needed to
make it. Nothing is done when nothing has changed. Use it like this:

    PYTHONPATH=build/compiled .venv/bin/palaver serve
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCES: Final = ROOT / "runtime"
FOLDER: Final = ROOT / "build" / "compiled"
STAMP: Final = ".stamp"
_PATH: Final = ("cli", "client", "codegen", "conformance", "generated", "runtime")
_CACHES: Final = shutil.ignore_patterns("__pycache__")

_SETUP: Final = """
from mypyc.build import mypycify
from setuptools import setup

setup(name="palaver_runtime", packages=[], ext_modules=mypycify(
    {options!r}, opt_level="2", debug_level="0", multi_file=True, target_dir={target!r}))
"""


class NotCompiled(Exception):
    """The modules could not be compiled; the argument is what the compiler said."""


def modules() -> list[str]:
    """Give the files that are compiled, as paths below the sources; raise NotCompiled for one that is not there."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named: list[str] = [f"palaver_runtime/{each}" for each in settings["tool"]["palaver-compiled"]["modules"]]
    absent = [each for each in named if not (SOURCES / each).is_file()]
    if absent:
        raise NotCompiled(f"pyproject.toml, tool.palaver-compiled: no such module: {', '.join(absent)}")
    return named


def fingerprint() -> str:
    """Give a hash of all that decides what comes out."""
    digest = hashlib.sha256(f"{sys.version} {sysconfig.get_platform()} {sys.executable}".encode())
    for each in (ROOT / "pyproject.toml", ROOT / "constraints.txt", Path(__file__), *sorted(SOURCES.rglob("*"))):
        if each.is_file() and "__pycache__" not in each.parts:
            digest.update(f"{each.relative_to(ROOT)}\0".encode() + each.read_bytes() + b"\0")
    return digest.hexdigest()


def compile_extensions(into: Path) -> None:
    """Compile the modules to extensions, in the folders of their packages; raise NotCompiled where that fails."""
    files = [f"runtime/{each}" for each in modules()]
    with tempfile.TemporaryDirectory(prefix="palaver-compiled-") as scratch:
        script = Path(scratch) / "setup.py"
        options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", f"{scratch}/cache", *files]
        script.write_text(_SETUP.format(options=options, target=f"{scratch}/c"))
        command: Sequence[str | Path] = [
            *(sys.executable, script, "--quiet", "build_ext"),
            *("--build-lib", into, "--build-temp", f"{scratch}/o"),
        ]
        # Paths in the environment are for mypy; nothing of the caller's is to be found there.
        env = {**os.environ, "MYPYPATH": os.pathsep.join(str(ROOT / each) for each in _PATH)}
        try:
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        finally:
            shutil.rmtree(ROOT / "palaver_runtime.egg-info", ignore_errors=True)
        if done.returncode:
            raise NotCompiled(f"{done.stdout}{done.stderr}".strip())


def build(folder: Path) -> bool:
    """Bring a compiled runtime up to date; tell whether there was anything to do."""
    stamp = fingerprint()
    if (folder / STAMP).is_file() and (folder / STAMP).read_text() == stamp:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCES, folder, ignore=_CACHES)
    compile_extensions(folder)
    (folder / STAMP).write_text(stamp)
    return True


def main() -> int:
    """Build; give the exit code, 1 when a module does not compile."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where to (default build/compiled)")
    folder: Path = parser.parse_args().folder
    began = time.monotonic()
    sys.stderr.write("compiling the runtime, which takes a minute or two\n" if not (folder / STAMP).exists() else "")
    try:
        done = build(folder)
    except NotCompiled as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    if done:
        sys.stderr.write(f"compiled {len(modules())} modules into {folder} in {time.monotonic() - began:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
