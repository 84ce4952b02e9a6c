"""Make `.venv` beside this file and install Palaver into it, editable, as pinned by constraints.txt.

Standard library only, and no syntax newer than Python 3.7, so that an interpreter that is too old is told
so instead of failing to parse. Nothing happens when nothing changed: the stamp in `.venv` is a hash of all
that decides what is installed.

Usage: python3 bootstrap.py [EXTRAS]        EXTRAS is a comma-separated list of extras; default: dev
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / ".palaver-stamp"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
UV = SCRIPTS / ("uv.exe" if os.name == "nt" else "uv")

OLDEST_PYTHON = (3, 11)
INPUTS = ("pyproject.toml", "constraints.txt", "bootstrap.py")
NO_INDEX = "Is the package index reachable? Then run it again: make setup"
NO_VENV = "Python's venv module does not work here; on Debian and Ubuntu it is in the package python3-venv."


class BootstrapError(Exception):
    """A step failed; the arguments are the problem and the remedy."""


def main(arguments):
    """Bring `.venv` up to date and return the exit code: 0 done, 1 failed, 2 wrong usage."""
    problem = too_old(sys.version_info[:2], sys.executable)
    if problem:
        say(problem)
        return 1
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        say("usage: python3 bootstrap.py [EXTRAS], for example dev or server,conformance")
        return 2
    extras = arguments[0] if arguments else "dev"
    stamp = fingerprint(ROOT, extras)
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == stamp:
        return 0
    started = time.monotonic()
    try:
        create_environment()
        install(extras)
    except BootstrapError as error:
        for line in error.args:
            say(line)
        return 1
    STAMP.write_text(stamp, encoding="utf-8")
    say(f"ready in {time.monotonic() - started:.1f} s")
    return 0


def too_old(version, executable):
    """Return what to tell the owner of a Python that is too old, or None when it will do."""
    if tuple(version) >= OLDEST_PYTHON:
        return None
    needed, found = (".".join(map(str, numbers)) for numbers in (OLDEST_PYTHON, version))
    return f"Palaver needs Python {needed}+; {executable} is {found}: make PYTHON=python{needed}"


def fingerprint(root, extras):
    """Return a hash of what decides the content of `.venv`: inputs, extras, interpreter and place."""
    digest = hashlib.sha256()
    for part in (extras, platform.python_implementation(), platform.python_version(), str(root)):
        digest.update(part.encode() + b"\0")
    for name in INPUTS:
        digest.update((root / name).read_bytes() + b"\0")
    return digest.hexdigest()


def create_environment():
    """Make `.venv`, or keep the one that this version of Python made in this place."""
    probe = "import platform, sys; print(platform.python_version(), sys.prefix)"
    if PYTHON.exists() and run([PYTHON, "-c", probe])[1].strip() == f"{platform.python_version()} {VENV}":
        return
    if VENV.exists():
        shutil.rmtree(str(VENV))
    say(f"creating .venv with Python {platform.python_version()}")
    code, output = run([sys.executable, "-m", "venv", VENV])
    if code:
        shutil.rmtree(str(VENV), ignore_errors=True)
        raise BootstrapError(output, NO_VENV)


def install(extras):
    """Install the project with uv, which is quick, or with pip where uv cannot be had or fails."""
    what = ["--constraint", ROOT / "constraints.txt", "--editable", f"{ROOT}[{extras}]"]
    # -qq: a find-links folder or an index of the user's configuration that is absent is not worth a warning.
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check"]
    if run([PYTHON, "-m", "pip", "--version"])[0]:
        run([PYTHON, "-m", "ensurepip", "--upgrade"])
    if not UV.exists():
        say("installing uv")
        run([*pip, "--constraint", ROOT / "constraints.txt", "uv"])
    if UV.exists():
        say(f"installing palaver[{extras}]")
        code, output = run([UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON, *what])
        if not code:
            return
        say(output)
    say(f"installing palaver[{extras}] with pip, which takes longer")
    code, output = run([*pip, *what])
    if code:
        raise BootstrapError(output, NO_INDEX)


def run(command):
    """Run a command in the project's folder; return its exit code and all that it printed."""
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1")
    # An environment that is active in the calling shell is not the one to install into.
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        cwd=str(ROOT),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout.decode(errors="replace").rstrip()


def say(text):
    """Print a progress line; standard output is left to the command that the setup is for."""
    sys.stderr.write(f"bootstrap: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
