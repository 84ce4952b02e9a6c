"""`palaver export` and `palaver import`."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from doubles.chat import Chat
from doubles.chatting import chatting

OTHER = ("--database-url", "sqlite:///other.db")


@pytest.fixture
def archive(run: Any, tmp_path: Path) -> Path:
    """An archive of a server on which ann and bob talk; another database is there, and empty."""

    async def work(chat: Chat) -> None:
        await chat.people("ann", "bob")
        await chat.say("ann", await chat.group("ann", "bob"))

    chatting(work)
    assert run("migrate", *OTHER).exit_code == 0
    assert run("export", "all.jsonl").exit_code == 0
    return tmp_path / "all.jsonl"


def test_server_moves(run: Any, ask: Any, archive: Path) -> None:
    """What is imported is exported again the same, but for the moment; the file is its owner's alone."""
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert not ask("import", str(archive), "--dry-run", *OTHER)["done"]
    assert ask("import", str(archive), *OTHER)["messages"] == 1
    assert ask("export", "again.jsonl", *OTHER)["users"] == 2
    assert Path("again.jsonl").read_bytes().splitlines()[1:-1] == archive.read_bytes().splitlines()[1:-1]
    done = run("import", str(archive), *OTHER)
    assert done.exit_code == 1
    assert "--merge" in done.stderr
    assert ask("import", str(archive), "--merge", *OTHER)["conversations_left_as_they_were"] == 1


def test_archive_goes_through_a_pipe(run: Any, archive: Path) -> None:
    """Out of one and into another, with nothing else on standard output."""
    done = run("export", "-", "--user", "ann", "--whole-conversations")
    assert done.exit_code == 0
    assert json.loads(done.stdout.partition("\n")[0])["of"] == "user"
    assert run("import", "-", *OTHER, said=done.stdout).exit_code == 0


def test_damaged_archive_is_told(run: Any, archive: Path) -> None:
    """With what to do."""
    archive.write_bytes(archive.read_bytes()[:-20])
    done = run("import", str(archive), *OTHER)
    assert done.exit_code == 1
    assert "the line is cut off" in done.stderr
    assert "nothing was imported" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("export", "all.jsonl"), 2, "is there already"),
        (("export", "no/where.jsonl"), 3, "cannot be written"),
        (("export", "x", "--whole-conversations"), 2, "goes with --user"),
        (("export", "-", "--json"), 2, "contradict each other"),
        (("export", "x.jsonl", "--user", "nobody"), 1, "nobody"),
        (("import", "nothing.jsonl"), 3, "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_told(run: Any, archive: Path, arguments: tuple[str, ...], code: int, told: str) -> None:
    """And no half a file is left."""
    before = sorted(archive.parent.glob("*.jsonl*"))
    done = run(*arguments)
    assert done.exit_code == code
    assert told in done.stderr
    assert sorted(archive.parent.glob("*.jsonl*")) == before
    assert not list(archive.parent.glob(".x*"))
