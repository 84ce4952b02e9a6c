"""Programs in C, compiled when they are needed: the load client, and the server that shows what can be done at all."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
LOAD_CLIENT = HERE / "load" / "load.c"
LIMIT = HERE / "peers" / "limit.c"

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
