"""Documents of an earlier time, read out of git."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path


class RevisionUnknown(Exception):
    """Raised for what is no revision, and where there is no repository; the text says which, and what to do."""


class GitMissing(Exception):
    """Raised where there is no git to ask."""


def top_of(folder: Path) -> Path:
    """Return the top folder of the repository that a folder, which need not exist, belongs to."""
    there = next(each for each in (folder.resolve(), *folder.resolve().parents) if each.is_dir())
    done = _git(there, "rev-parse", "--show-toplevel")
    if done.returncode:
        raise RevisionUnknown(f"{there} is in no git repository: a revision can be read within one alone")
    return Path(done.stdout.decode().strip())


def resolve_revision(top: Path, name: str) -> str:
    """Return the commit that a tag, branch or expression such as `HEAD~3` names in the repository at `top`."""
    done = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if done.returncode:
        hint = (
            f"write `{' '.join(name.split('..'))}`" if ".." in name else "`git log --oneline` and `git tag` list them"
        )
        raise RevisionUnknown(f"{name!r} is neither a folder nor a revision of the repository at {top}; {hint}")
    return done.stdout.decode().strip()


def names_in(top: Path, commit: str, folder: str) -> list[str]:
    """Return what stands in a folder of a commit, none if it has no such folder."""
    where = f"{commit}:{'' if folder == '.' else folder}"
    done = _git(top, "ls-tree", "--name-only", "-z", where)
    return [] if done.returncode else [name.decode() for name in done.stdout.split(b"\0") if name]


def extract(top: Path, commit: str, folder: str, into: Path) -> None:
    """Write a folder of a commit below `into`, under the path that it has in the repository."""
    done = _git(top, "archive", "--format=tar", commit, *([] if folder == "." else ["--", folder]))
    if done.returncode:
        raise RevisionUnknown(f"{folder} cannot be read from {commit[:12]}: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(into, filter="data")
        else:  # Python 3.11 before 3.11.4; in what git has a name is not both a link and a folder to write into
            archive.extractall(into)  # noqa: S202


def _git(where: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(where), *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise GitMissing("git is needed to read a revision, and is not on PATH: install it") from None
