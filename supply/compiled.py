"""The runtime with its hot modules compiled: a copy beside the sources, to be put before them on Python's path.

    python supply/compiled.py [--untrained] [FOLDER]        default: build/compiled

mypyc, which comes with mypy, turns typed Python into C. What is compiled stands in pyproject.toml, in
`tool.palaver-compiled`; it does the same as the sources for less of the processor, and a C compiler is needed to make
it. GCC compiles it twice: it learns from a server at work (`bench/training.py`) what is done often. Nothing is done
when nothing has changed. Use it like this:

    PYTHONPATH=build/compiled .venv/bin/palaver serve
"""

import argparse
import ast
import fcntl
import hashlib
import importlib.metadata
import os
import shutil
import signal
import sys
import sysconfig
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from compiling import TRAINING, NotCompiled, compile_files, level, require_tools, trainable

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "build" / "compiled"
STAMP: Final = ".stamp"
SUFFIX: Final[str] = sysconfig.get_config_var("EXT_SUFFIX")
_DECIDING: Final = (
    *("pyproject.toml", "constraints.txt", "generated", "runtime"),
    *("supply/compiled.py", "supply/compiling.py", "supply/extensions.py", TRAINING),
)
"""Files and folders from which other code may come; types of the generated wire are known to what is compiled."""
_CACHES: Final = shutil.ignore_patterns("__pycache__")


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


def current(folder: Path, *, untrained: bool = False) -> bool:
    """Tell whether a folder has what would come out now."""
    stamp = folder / STAMP
    if not stamp.is_file() or _lacking(folder):
        return False
    return stamp.read_text() == _fingerprint(trained=not untrained and trainable())


def build(folder: Path, tell: Callable[[str], object] = lambda _: None, *, untrained: bool = False) -> bool:
    """Bring a compiled runtime up to date; give whether there was anything to do, and tell each step of it before.

    The folder is whole at every moment, as it was or as it is to be. Who else builds it meanwhile is waited for. It is
    trained where that is possible, unless it is to be `untrained`.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_name(f".{folder.name}.lock")):
        if current(folder, untrained=untrained):
            return False
        require_tools()
        # Before anything is read that may change meanwhile: the folder is out of date then, and not taken as current.
        trained = not untrained and trainable()
        stamp = _fingerprint(trained=trained)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
            made, before = Path(scratch) / "made", Path(scratch) / "before"
            shutil.copytree(ROOT / "runtime", made, ignore=_CACHES)
            _compile(made, Path(scratch), tell, trained=trained)
            (made / STAMP).write_text(stamp)
            if folder.exists():
                folder.rename(before)
            made.rename(folder)
    return True


def _fingerprint(*, trained: bool) -> str:
    """Give a hash of all that decides what comes out."""
    digest = hashlib.sha256(f"{sys.version} {SUFFIX} {importlib.metadata.version('mypy')}".encode())
    digest.update(repr([os.environ.get(each) for each in ("CC", "CFLAGS", "CPPFLAGS", "LDFLAGS")]).encode())
    digest.update(f"{level()} {trained}".encode())
    for each in (file for name in _DECIDING for file in _files(ROOT / name)):
        digest.update(f"{each.relative_to(ROOT)}\0".encode() + each.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    for each in sorted(place.rglob("*")):
        if each.is_file() and "__pycache__" not in each.parts:
            yield each


def _lacking(folder: Path) -> list[str]:
    """Give the modules of which a folder has no extension."""
    return [each for each in modules() if not (folder / each).with_suffix(SUFFIX).is_file()]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else is within this for the same file."""
    with lock.open("w") as held:
        # The lock belongs to the open file, and goes with it.
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _compile(into: Path, scratch: Path, tell: Callable[[str], object], *, trained: bool) -> None:
    """Compile the modules to extensions, in the folders of their packages; raise NotCompiled where that fails."""
    files = [f"runtime/{each}" for each in modules()]
    places = [f"{each}:{line}" for each in files for line in unsafe((ROOT / each).read_text())]
    if places:
        raise NotCompiled(
            f"{', '.join(places)}: compiled code must not wait in except, in finally or at the end of async with: "
            "others would take its error for theirs; wait behind the block, or by palaver_runtime.transports.afterwards"
        )
    said = compile_files(ROOT, files, into, scratch, tell, trained=trained)
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
        "GCC learns on the way what a server does most, from one that is at work on databases and a Redis of its own;\n"
        "other compilers do not. MYPYC_OPT_LEVEL=0 compiles to a slower server yet, as the tests have it.\n\n"
        "exit code: 0; 1 if a module does not compile, or what it takes to compile is missing; 130 after Ctrl-C and\n"
        "143 after SIGTERM, which leave the folder as it was.",
    )
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where to (default: build/compiled)")
    parser.add_argument(
        "--untrained", action="store_true", help="compile once: in half the time, and what comes out is slower"
    )
    given = parser.parse_args()
    folder: Path = given.folder.resolve()
    shown = os.path.relpath(folder)
    signal.signal(signal.SIGTERM, _stop)
    began = time.monotonic()
    try:
        done = build(folder, _say, untrained=given.untrained)
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
