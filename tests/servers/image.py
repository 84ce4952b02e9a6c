"""The steps of deploy/Dockerfile, taken without docker: the same commands, in a folder that stands for the root.

Of the image's file system there is /build and /srv; what else a command names is the machine's. The first RUN
brings the build's tools, which are installed here already; the folder of the last stage is that of the first.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
TOOLS = "pip install "
TIMEOUT = 600.0

_INSIDE = re.compile(r"(?<![\w./])/(?=(?:build|srv)\b)")


@dataclass(frozen=True)
class Instruction:
    """A line of a Dockerfile: its word, and what follows it."""

    word: str
    text: str

    @property
    def listed(self) -> list[str]:
        """Its words, in the form of a list or of a shell."""
        return [each.rstrip(",") for each in shlex.split(self.text.strip("[]") if self.text[:1] == "[" else self.text)]


def instructions(text: str) -> list[Instruction]:
    """Read a Dockerfile; what HEALTHCHECK runs counts as its own."""
    joined = re.sub(r"\\\n\s*", " ", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    return [Instruction(*line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


@dataclass
class Image:
    """What was made: where its root is, its variables, its folder, what runs, and what asks whether it is well."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    folder: Path = Path()
    user: str = ""
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def here(self, text: str) -> str:
        """Return a text with the paths of the image as they are on this machine."""
        return _INSIDE.sub(f"{self.root}/", text)

    def environment(self, *tools: Path) -> dict[str, str]:
        """Return the variables that a process of the image has, and of the machine's those that it needs here."""
        machine = {name: value for name, value in os.environ.items() if not name.startswith(("PALAVER_", "PYTHON"))}
        found = {**machine, **{name: os.path.expandvars(value) for name, value in self.variables.items()}}
        found["PATH"] = ":".join([*map(str, tools), found["PATH"]])
        return found


def rehearse(root: Path, python: Path) -> Image:
    """Take every step; a command that fails is told with what it printed."""
    image = Image(root)
    for each in instructions(DOCKERFILE.read_text()):
        match each.word:
            case "FROM":
                image.variables.clear()
            case "WORKDIR":
                image.folder = Path(image.here(each.text))
                image.folder.mkdir(parents=True, exist_ok=True)
            case "ENV":
                image.variables |= dict(pair.split("=", 1) for pair in shlex.split(image.here(each.text)))
            case "COPY":
                _copy(image, each.listed)
            case "RUN":
                if not each.text.startswith(TOOLS):
                    _run(image, each.text, python)
            case "USER":
                image.user = each.text
            case "HEALTHCHECK":
                image.health = Instruction("CMD", each.text.partition("CMD ")[2]).listed
            case "ENTRYPOINT":
                image.entrypoint = each.listed
            case "CMD":
                image.command = each.listed
            case "EXPOSE" | "STOPSIGNAL":
                pass
            case _:
                raise AssertionError(f"nobody has rehearsed {each.word}")
    return image


def _copy(image: Image, words: list[str]) -> None:
    """Copy from the context, as far as .dockerignore lets it, or from the stage before, which has the same folder."""
    if words[0].startswith("--from="):
        assert words[1] == words[2], "another path would break the scripts"
        return
    *sources, target = words
    for source in sources:
        place = image.folder / target / (Path(source).name if target.endswith("/") else "")
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=_ignored)
        else:
            shutil.copy(ROOT / source, place)


def _ignored(folder: str, names: list[str]) -> set[str]:
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("**/")]
    return {name for name in names for pattern in patterns if fnmatch(name, pattern.removeprefix("**/"))}


def _run(image: Image, command: str, python: Path) -> None:
    environment = {**image.environment(Path(sys.executable).parent), "UV_PYTHON": str(python)}
    # In an image a cache would be weight; here it is what makes this quick.
    for name in ("UV_NO_CACHE", "UV_LINK_MODE", "VIRTUAL_ENV"):
        environment.pop(name, None)
    done = subprocess.run(
        ["sh", "-euc", image.here(command)],
        cwd=image.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    if done.returncode:
        raise AssertionError(f"{command}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")


def reachable_python(user: int) -> Path:
    """Return an interpreter that the user may run: one in a closed home folder is out of reach."""
    for path in (Path(sys.executable).resolve(), Path("/usr/bin/python3")):
        code = "import sys; sys.exit(sys.version_info < (3, 11))"
        with suppress(OSError):
            if subprocess.run([path, "-c", code], cwd="/", capture_output=True, **as_user(user)).returncode == 0:
                return path
    pytest.skip("no Python 3.11 or later on this machine can be run by an unprivileged user")


def as_user(user: int) -> dict[str, Any]:
    """Return the arguments of subprocess.Popen that make a process another user's; only the superuser can."""
    return {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    """Take the steps in a folder that everybody may look into; afterwards nobody but the superuser may write there."""
    root = Path(tempfile.mkdtemp(prefix="palaver-image-"))
    try:
        root.chmod(0o755)
        users = [each.text for each in instructions(DOCKERFILE.read_text()) if each.word == "USER"]
        made = rehearse(root, reachable_python(int(users[-1].partition(":")[0])))
        for folder in (made.folder, root):
            folder.chmod(0o555)
        yield made
    finally:
        root.chmod(0o755)
        shutil.rmtree(root)
