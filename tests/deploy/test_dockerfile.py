"""deploy/Dockerfile is linted by hadolint, and its steps are rehearsed: installed, read-only, and served by a nobody.

Docker is not needed. What is not proven so is the base image itself, and the numbers of the user in it.
"""

import asyncio
import importlib.metadata
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from packaging.markers import Marker
from servers.image import DOCKERFILE, ROOT, TOOLS, Image, as_user, instructions
from servers.palaver import START_TIMEOUT

REQUIREMENTS = ROOT / "deploy" / "requirements"
PATIENCE = 60.0
SECRET = "s" * 64
LISTING = """
import importlib.metadata, platform
print(platform.python_version(), *(f"{each.name}=={each.version}" for each in importlib.metadata.distributions()))
"""

_PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+?))?(?: \\)?$", re.MULTILINE)


def pins(path: Path, **about: str) -> dict[str, str]:
    """Return the versions that a file pins, of what is for this machine; `about` tells of another interpreter."""
    return {
        each["name"]: each["version"]
        for each in _PIN.finditer(path.read_text())
        if not each["marker"] or Marker(each["marker"]).evaluate(about)
    }


def hadolint(text: str) -> str:
    """Return what hadolint says of a Dockerfile."""
    command = [Path(sys.executable).with_name("hadolint"), "--no-color", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    return done.stdout + done.stderr


def files(root: Path) -> dict[str, tuple[int, int]]:
    """Return every file below a folder, with its size and its time of change in ns."""
    return {
        str(path.relative_to(root)): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in root.rglob("*")
        if not path.is_dir()
    }


def test_hadolint_finds_nothing() -> None:
    """Not a hint."""
    assert hadolint(DOCKERFILE.read_text()) == ""


def test_hadolint_sees_what_is_unsafe() -> None:
    """The last user may not be root, and a tag is named."""
    text = (
        DOCKERFILE.read_text()
        .replace("USER 10001:10001", "USER root")
        .replace("FROM python:3.11-slim\n", "FROM python\n")
    )
    assert {"DL3002", "DL3006"} <= set(re.findall(r"DL\d{4}", hadolint(text)))


@pytest.mark.parametrize("name", ["server", "build"])
def test_what_is_installed_is_pinned_by_hash(name: str) -> None:
    """Each has the version of constraints.txt, and hashes: `make constraints` writes both."""
    text = (REQUIREMENTS / f"{name}.txt").read_text()
    versions = dict(line.partition(" ")[0].split("==") for line in (ROOT / "constraints.txt").read_text().splitlines())
    pinned = {each["name"]: each["version"] for each in _PIN.finditer(text)}
    assert len(pinned) >= 5
    assert {each: version for each, version in pinned.items() if versions.get(each) != version} == {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert re.search(r"^    --hash=sha256:[0-9a-f]{64}", block, re.MULTILINE), block


def test_everything_that_the_server_needs_is_pinned() -> None:
    """What the extra names is there; a dependency that was added needs `make constraints`."""
    needed = {
        re.split(r"[\[<>=;! ]", each)[0].lower().replace("_", "-")
        for each in importlib.metadata.requires("palaver") or []
        if "extra ==" not in each or 'extra == "server"' in each.replace("'", '"')
    }
    assert len(needed) > 15
    assert needed - {match["name"] for match in _PIN.finditer((REQUIREMENTS / "server.txt").read_text())} == set()


def test_the_tools_of_the_build_are_those_of_the_rehearsal() -> None:
    """The one step that is not rehearsed installs what is installed here, in the same versions."""
    (step,) = [each.text for each in instructions(DOCKERFILE.read_text()) if each.text.startswith(TOOLS)]
    assert "--require-hashes --requirement deploy/requirements/build.txt" in step
    found = {name: importlib.metadata.version(name) for name in pins(REQUIREMENTS / "build.txt")}
    assert found == pins(REQUIREMENTS / "build.txt")


def test_the_image_holds_the_server_and_nothing_else(image: Image) -> None:
    """What was installed is what is pinned, and Palaver; no tool of the build, no test, no document."""
    python = image.root / "srv" / "palaver" / "bin" / "python"
    told = subprocess.run([python, "-c", LISTING], check=True, capture_output=True, text=True, cwd=image.folder).stdout
    version, *lines = told.split()
    found = dict(re.sub("[_.]+(?=.*==)", "-", line.lower()).split("==") for line in lines)
    assert found.pop("palaver") == importlib.metadata.version("palaver")
    assert found == pins(
        REQUIREMENTS / "server.txt", python_full_version=version, python_version=version.rpartition(".")[0]
    )
    assert [each.name for each in image.folder.iterdir()] == ["palaver"]


@pytest.fixture
def writable() -> Iterator[Path]:
    """Return a folder of everybody's: the database's. That of a test belongs to its user alone."""
    with tempfile.TemporaryDirectory(prefix="palaver-data-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


async def test_a_nobody_serves_from_it_and_writes_nothing(image: Image, writable: Path) -> None:
    """It starts as an unprivileged user in folders that are read-only, is well, and leaves no file; SIGTERM ends it."""
    # Docker's port is the container's own; here it is one of the machine's, and free.
    command = [*image.entrypoint, *image.command[:-1], "0"]
    assert image.command[-2:] == ["--port", "4001"]
    given = {
        "PALAVER_DATABASE_URL": f"sqlite:///{writable}/palaver.db",
        "PALAVER_JWT_SECRET": SECRET,
        # The image listens to everybody, which a test need not.
        "PALAVER_HOST": "127.0.0.1",
    }
    assert image.variables["PALAVER_HOST"] == "0.0.0.0"
    assert image.variables["PALAVER_ENVIRONMENT"] == "production"
    user = int(image.user.partition(":")[0])
    assert user != 0
    before = files(image.root)
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=image.folder,
        env={**image.environment(), **given, "HOME": str(image.folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        **as_user(user),
    )
    said: list[str] = []
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_TIMEOUT):
            while not (url := re.search(r"http://127\.0\.0\.1:\d+", "\n".join(said))):
                line = await process.stdout.readline()
                assert line, said
                said.append(line.decode())
        async with httpx.AsyncClient(base_url=url[0], timeout=PATIENCE) as client:
            made = await client.post("/auth/register", json={"username": "ada", "password": "correct horse battery"})
            assert made.status_code == 201, made.text
        assert await healthy(image, url[0]) == 0
        assert await healthy(image, "http://127.0.0.1:1") != 0
        process.send_signal(signal.SIGTERM)
        rest, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 0, "".join(said) + rest.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert files(image.root) == before


async def healthy(image: Image, url: str) -> int | None:
    """Run the health check against an address; return its exit code."""
    words = [word.replace("http://127.0.0.1:4001", url) for word in image.health]
    assert words != image.health
    process = await asyncio.create_subprocess_exec(
        *words, cwd=image.folder, env=image.environment(), stderr=asyncio.subprocess.DEVNULL
    )
    return await asyncio.wait_for(process.wait(), PATIENCE)
