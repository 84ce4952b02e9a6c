"""What is compiled when it is needed: the load client, the server that shows what can be done at all, and our own."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[2] / "supply"))

import compiled
import compiling

HERE = Path(__file__).parent
LOAD_CLIENT = HERE / "load" / "load.c"
LIMIT = HERE / "peers" / "limit.c"

OURS_COMPILED = compiled.FOLDER
"""What goes before the sources on the path of our server, once it is brought up to date."""

TRAINED: Final = "compiled and trained"

_OPTIONS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror")


class NoCompiler(RuntimeError):
    """There is no C compiler; the message says what to do."""


def build(source: Path, folder: Path) -> Path:
    """Compile a program into a folder, give its path; raise NoCompiler, or RuntimeError with the compiler's words."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoCompiler("the load client is written in C, and cc is not on PATH: install gcc or clang")
    program = folder / source.stem
    built = subprocess.run(  # noqa: S603 - the compiler that PATH has, and sources of ours
        [compiler, *_OPTIONS, "-o", program, source], capture_output=True, text=True, check=False
    )
    if built.returncode:
        raise RuntimeError(f"{source.name} does not compile:\n{built.stderr}")
    return program


def build_ours(tell: Callable[[str], object]) -> None:
    """Bring our compiled server up to date, and tell each step of what there is to do.

    Raises RuntimeError with what is missing, or does not compile.
    """
    compiled.build(OURS_COMPILED, tell)


def kind_of_ours() -> str:
    """Say how our server is compiled here, which makes a difference for all that is written in Python."""
    return TRAINED if compiling.trainable() else "compiled"


def compiled_modules() -> list[str]:
    """Give the files of our server that are compiled, as paths below its sources."""
    return compiled.modules()
