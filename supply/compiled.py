"""The runtime with its hot modules compiled: a copy beside the sources, to be put before them on Python's path.

    python supply/compiled.py [FOLDER]        default: build/compiled

mypyc, which comes with mypy, turns typed Python into C. What is compiled stands in pyproject.toml, in
`tool.palaver-compiled`; it does the same as the sources for less of the processor, and a C compiler is needed to make
it. Nothing is done when nothing has changed. Use it like this:

    PYTHONPATH=build/compiled .venv/bin/palaver serve
"""

import argparse
import ast
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "build" / "compiled"
STAMP: Final = ".stamp"
SUFFIX: Final[str] = sysconfig.get_config_var("EXT_SUFFIX")
_ROOMS: Final = ("cli", "client", "codegen", "conformance", "generated", "runtime")
_DECIDING: Final = ("pyproject.toml", "constraints.txt", "generated", "runtime", "supply/compiled.py")
"""Files and folders from which other code may come; types of the generated wire are known to what is compiled."""
_DIRECTLY: Final = ("-fvisibility=hidden", "-fno-plt")
"""For the compiler of C: nobody else sees what mypyc makes, so that it is called and read without looking up where it
is; and what is Python's is called without a step between."""
_CACHES: Final = shutil.ignore_patterns("__pycache__")

_SETUP: Final = """
from mypyc.build import mypycify
from setuptools import Distribution, setup

class Bare(Distribution):
    def parse_config_files(self, *_, **__):  # neither the project's nor the user's
        pass

setup(name="palaver_runtime", packages=[], distclass=Bare, ext_modules=mypycify(
    {options!r}, opt_level={level!r}, debug_level="0", multi_file=True, target_dir={target!r}))
"""


class NotCompiled(RuntimeError):
    """The runtime could not be compiled; the message says why, where, and what to do."""


def unsafe(source: str) -> list[int]:
    """Give the lines of a module where compiled code waits while it handles an error.

    A coroutine of Python has an error that it handles for itself. Those of mypyc share one place for it: whoever runs
    meanwhile takes it for theirs, or leaves another one there, which is then raised. The end of a block of `async with`
    is such a place, unless it waits for nothing, as that of `asyncio.timeout`.
    """
    found: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        handling: list[ast.AST] = []
        if isinstance(node, ast.Try):
            handling = [*node.handlers, *node.finalbody]
        elif isinstance(node, ast.AsyncWith):
            calls = [each.context_expr for each in node.items]
            if not all(isinstance(each, ast.Call) and ast.unparse(each.func) == "asyncio.timeout" for each in calls):
                found.add(node.lineno)
        waiting = (each for part in handling for each in ast.walk(part))
        found |= {each.lineno for each in waiting if isinstance(each, ast.Await | ast.AsyncWith | ast.AsyncFor)}
    return sorted(found)


def modules() -> list[str]:
    """Give the files that are compiled, as paths below the sources; raise NotCompiled for one that is not there."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named: list[str] = [f"palaver_runtime/{each}" for each in settings["tool"]["palaver-compiled"]["modules"]]
    absent = [each for each in named if not (ROOT / "runtime" / each).is_file()]
    if absent:
        raise NotCompiled(
            f"pyproject.toml, tool.palaver-compiled: there is no runtime/{', runtime/'.join(absent)}; "
            "correct the list, or take it out"
        )
    return named


def extensions(folder: Path) -> list[Path]:
    """Give what was compiled, below a folder: one extension for each module, and the one that they share."""
    return sorted(folder.rglob(f"*{SUFFIX}"))


def current(folder: Path) -> bool:
    """Tell whether a folder has what would come out now."""
    stamp = folder / STAMP
    return stamp.is_file() and stamp.read_text() == _fingerprint() and not _lacking(folder)


def build(folder: Path, begin: Callable[[], object] = lambda: None) -> bool:
    """Bring a compiled runtime up to date; tell whether there was anything to do, and call `begin` before if so.

    The folder is whole at every moment, as it was or as it is to be. Who else builds it meanwhile is waited for.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_name(f".{folder.name}.lock")):
        if current(folder):
            return False
        _able()
        begin()
        # Before anything is read that may change meanwhile: the folder is out of date then, and not taken as current.
        stamp = _fingerprint()
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
            made, before = Path(scratch) / "made", Path(scratch) / "before"
            shutil.copytree(ROOT / "runtime", made, ignore=_CACHES)
            _compile(made, Path(scratch))
            (made / STAMP).write_text(stamp)
            if folder.exists():
                folder.rename(before)
            made.rename(folder)
    return True


def _fingerprint() -> str:
    """Give a hash of all that decides what comes out."""
    digest = hashlib.sha256(f"{sys.version} {SUFFIX} {importlib.metadata.version('mypy')}".encode())
    digest.update(repr([os.environ.get(each) for each in ("CC", "CFLAGS", "CPPFLAGS", "LDFLAGS")]).encode())
    digest.update(_level().encode())
    for each in (file for name in _DECIDING for file in _files(ROOT / name)):
        digest.update(f"{each.relative_to(ROOT)}\0".encode() + each.read_bytes() + b"\0")
    return digest.hexdigest()


def _level() -> str:
    """Give how far the compiler of C is to go, by the variable that mypyc's own command has for it."""
    return os.environ.get("MYPYC_OPT_LEVEL", "2")


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    for each in sorted(place.rglob("*")):
        if each.is_file() and "__pycache__" not in each.parts:
            yield each


def _lacking(folder: Path) -> list[str]:
    """Give the modules of which a folder has no extension."""
    return [each for each in modules() if not (folder / each).with_suffix(SUFFIX).is_file()]


def _able() -> None:
    """Raise NotCompiled where something is missing that it takes."""
    missing = [each for each in ("mypyc", "setuptools") if importlib.util.find_spec(each) is None]
    if missing:
        raise NotCompiled(f"{sys.executable} has no {' and no '.join(missing)}: install palaver[dev], as by make setup")
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        raise NotCompiled(f"there is no C compiler, {compiler} is not on PATH: install gcc or clang, or name one in CC")
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if not header.is_file():
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-dev"
        raise NotCompiled(f"there is no {header}: install Python's headers, on Debian and Ubuntu {package}")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else is within this for the same file."""
    with lock.open("w") as held:
        # The lock belongs to the open file, and goes with it.
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _compile(into: Path, scratch: Path) -> None:
    """Compile the modules to extensions, in the folders of their packages; raise NotCompiled where that fails."""
    # Relative, as they stand in tracebacks.
    files = [f"runtime/{each}" for each in modules()]
    places = [f"{each}:{line}" for each in files for line in unsafe((ROOT / each).read_text())]
    if places:
        raise NotCompiled(
            f"{', '.join(places)}: compiled code must not wait in except, in finally or at the end of async with: "
            "others would take its error for theirs; wait behind the block, or by palaver_runtime.transports.afterwards"
        )
    script = scratch / "setup.py"
    options = ["--config-file", "pyproject.toml", "--cache-dir", f"{scratch}/cache", *files]
    script.write_text(_SETUP.format(options=options, level=_level(), target=f"{scratch}/c"))
    command = [sys.executable, str(script), "--quiet", "build_ext", f"--build-lib={into}", f"--build-temp={scratch}/o"]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(str(ROOT / each) for each in _ROOMS)}
    # What is on the caller's path, as a compiled runtime, is nothing to compile against.
    environment.pop("PYTHONPATH", None)
    # At level 0 assertions are compiled too, which name their files: relative, they are the same on every machine.
    nameless = shlex.quote(f"-ffile-prefix-map={ROOT}=.")
    environment["CFLAGS"] = " ".join([os.environ.get("CFLAGS", ""), *_DIRECTLY, nameless]).strip()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate()
        finally:
            if process.poll() is None:
                # With the compilers that it has started.
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise NotCompiled(
            f"the modules of tool.palaver-compiled in pyproject.toml do not compile:\n{said.strip()}\n"
            "Mend what is named, or take the module out of the list (CONTRIBUTING.md, Keep a module compilable)."
        )
    if lacking := _lacking(into):
        raise NotCompiled(f"mypyc made no extension of {', '.join(lacking)}, and said:\n{said.strip()}")


def _stop(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def _say(line: str) -> None:
    """Tell on a terminal what is being done."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{line}\n")


def main() -> int:
    """Build; give the exit code: 1 when a module does not compile or something is missing, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="use it:\n  PYTHONPATH=build/compiled .venv/bin/palaver serve\n\n"
        "MYPYC_OPT_LEVEL=0 compiles it in two thirds of the time, to a slower server, as the tests have it.\n\n"
        "exit code: 0; 1 if a module does not compile, or what it takes to compile is missing; 130 after Ctrl-C and\n"
        "143 after SIGTERM, which leave the folder as it was.",
    )
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where to (default: build/compiled)")
    folder: Path = parser.parse_args().folder.resolve()
    shown = os.path.relpath(folder)
    signal.signal(signal.SIGTERM, _stop)
    began = time.monotonic()
    try:
        done = build(folder, lambda: _say(f"compiling {len(modules())} modules, which takes a minute or two"))
    except NotCompiled as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"stopped; {shown} is as it was\n")
        return 130
    took = f"compiled {len(modules())} modules in {time.monotonic() - began:.0f} s"
    sys.stdout.write(f"{shown}: {took if done else 'nothing has changed'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
