"""How modules are compiled: by which tools, with which flags, and trained in between where the compiler can learn.

Each step is a program of its own, which is stopped together with all that it has started.
"""

import importlib.util
import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

TRAINING: Final = "bench/training.py"
"""Has a build that counts what it does do what servers do most."""
_EXTENSIONS: Final = Path(__file__).with_name("extensions.py")
_ROOMS: Final = ("cli", "client", "codegen", "conformance", "generated", "runtime")
_DIRECTLY: Final = ("-fvisibility=hidden", "-fno-plt")
"""For the compiler of C: nobody else sees what mypyc makes, so that it is called and read without looking up where it
is; and what is Python's is called without a step between."""
_COUNTING: Final = ("-fprofile-generate",)
"""For the first time: notes are left beside the objects when a process ends that was at work."""
_LEARNED: Final = (
    *("-fprofile-use", "-fprofile-correction", "-Wno-missing-profile"),
    # What training does not reach is compiled as if there were none, and not for size.
    "-fprofile-partial-training",
    # A message's way leads through many modules, which call each other.
    *("-flto=auto", "-fno-fat-lto-objects"),
)
"""For the second time."""
_PATIENCE: Final = 10.0


class NotCompiled(RuntimeError):
    """The runtime could not be compiled; the message says why, where, and what to do."""


def level() -> str:
    """Give how far the compiler of C is to go, by the variable that mypyc's own command has for it."""
    return os.environ.get("MYPYC_OPT_LEVEL", "2")


def trainable() -> bool:
    """Tell whether the compiler of C can learn here: GCC can, where the load client runs; at level 0 it has no use."""
    return level() != "0" and sys.platform == "linux" and _is_gcc()


def require_tools() -> None:
    """Raise NotCompiled where something is missing that it takes."""
    missing = [each for each in ("mypyc", "setuptools") if importlib.util.find_spec(each) is None]
    if missing:
        raise NotCompiled(f"{sys.executable} has no {' and no '.join(missing)}: install palaver[dev], as by make setup")
    compiler = _compiler()
    if shutil.which(compiler) is None:
        raise NotCompiled(f"there is no C compiler, {compiler} is not on PATH: install gcc or clang, or name one in CC")
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if not header.is_file():
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-dev"
        raise NotCompiled(f"there is no {header}: install Python's headers, on Debian and Ubuntu {package}")


def compile_files(
    root: Path, files: Sequence[str], into: Path, scratch: Path, tell: Callable[[str], object], *, trained: bool
) -> str:
    """Compile files of a project to extensions in the folders of their packages, and tell each step before.

    Gives what the tools have said; raises NotCompiled where one fails.
    """
    code = scratch / "c"
    # Files are relative, as they stand in tracebacks.
    options = ["--config-file", "pyproject.toml", "--cache-dir", f"{scratch}/cache", *files]
    tell(f"translating {len(files)} modules to C")
    said = _made(root, "translate", code, level(), *options)
    if trained:
        tell("compiling them, so that they count what they do")
        _made(root, "build", code, into, flags=_COUNTING)
        tell("having a server do what servers do most")
        _train(root, into)
    tell("compiling them with what was learned" if trained else "compiling them")
    return said + _made(root, "build", code, into, flags=_LEARNED if trained else ())


def _made(root: Path, *step: str | Path, flags: Sequence[str] = ()) -> str:
    """Have `extensions.py` do a step, with flags for the compiler of C; give what it says, or raise NotCompiled."""
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(str(root / each) for each in _ROOMS)}
    # At level 0 assertions are compiled too, which name their files: relative, they are the same on every machine.
    nameless = shlex.quote(f"-ffile-prefix-map={root}=.")
    environment["CFLAGS"] = " ".join([os.environ.get("CFLAGS", ""), *_DIRECTLY, nameless, *flags]).strip()
    environment["LDFLAGS"] = " ".join([os.environ.get("LDFLAGS", ""), *flags]).strip()
    code, said = _run([sys.executable, _EXTENSIONS, *step], root, environment)
    if code:
        raise NotCompiled(
            f"the modules of tool.palaver-compiled in pyproject.toml do not compile:\n{said.strip()}\n"
            "Mend what is named, or take the module out of the list (CONTRIBUTING.md, Keep a module compilable)."
        )
    return said


def _train(root: Path, counting: Path) -> None:
    """Have a build that counts be put to work; raise NotCompiled where it fails."""
    # Bytecode that is kept would be taken for a part of what is built.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    code, said = _run([sys.executable, root / TRAINING, counting], root, environment)
    if code:
        raise NotCompiled(
            f"{TRAINING} failed at what the compiler of C is to learn from:\n{said.strip()}\n"
            'Mend what is named, or do without: make compiled ARGS="--untrained".'
        )


def _run(command: Sequence[str | Path], where: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command to its end; give its exit code, and what it says."""
    # What is on the caller's path, as a compiled runtime, is nothing to compile against.
    environment = {name: value for name, value in environment.items() if name != "PYTHONPATH"}
    with subprocess.Popen(
        command,
        cwd=where,
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
                _end(process)
    return process.returncode, said


def _end(process: "subprocess.Popen[str]") -> None:
    """Stop a process, with the compilers or servers that it has started; it may put away what is its own."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _compiler() -> str:
    """Give the command of the compiler of C, without options."""
    return shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]


def _is_gcc() -> bool:
    """Ask the compiler of C what it is: clang says that it is GCC, too, but takes other notes."""
    if shutil.which(_compiler()) is None:
        return False
    asked = [_compiler(), "-dM", "-E", "-x", "c", os.devnull]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return "#define __GNUC__ " in told and "#define __clang__ " not in told
