"""`palaver sessions`."""

from typing import Any

import pytest
from doubles.chat import Chat
from doubles.chatting import chatting


@pytest.fixture
def signed_in(run: Any) -> None:
    """Alice, twice, and bob."""

    async def work(chat: Chat) -> None:
        # The commands go by the real time, which is later than that of the double.
        chat.clock.advance(seconds=400 * 86_400)
        for name in ("alice", "bob"):
            await chat.accounts.register(name, "correct horse battery", None)
        await chat.accounts.login("alice", "correct horse battery")

    chatting(work)


@pytest.mark.usefixtures("signed_in")
def test_sessions_are_listed_and_revoked(run: Any, ask: Any) -> None:
    """One by one, of a user, or all; a dry run counts."""
    every = ask("sessions", "list")
    assert len(every) == 3
    alices = ask("sessions", "list", "--user", "alice")
    assert len(alices) == 2
    assert ask("sessions", "revoke", "--user", "alice", "--dry-run") == {"sessions": 2, "done": False}
    assert ask("sessions", "revoke", alices[0]["id"]) == {"ended_sessions": 1, "done": True}
    assert ask("sessions", "revoke", "--user", "alice") == {"ended_sessions": 1, "done": True}
    assert run("sessions", "revoke", "--all").exit_code == 2
    assert ask("sessions", "revoke", "--all", "--yes") == {"ended_sessions": 1, "done": True}
    assert run("sessions", "list").output == "There are no live sessions.\n"


@pytest.mark.parametrize("arguments", [(), ("a", "--all"), ("--user", "x", "--all")])
def test_which_sessions_is_to_be_said(run: Any, arguments: tuple[str, ...]) -> None:
    """In one way."""
    done = run("sessions", "revoke", *arguments)
    assert done.exit_code == 2
    assert "say which" in done.stderr


@pytest.mark.usefixtures("signed_in")
def test_redis_that_is_away_is_told(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sessions end all the same, and standard error says when instances find that."""
    monkeypatch.setattr("palaver_runtime.admin.running.TELL_TIMEOUT", 0.01)
    done = run("sessions", "revoke", "--user", "bob", REDIS_URL="redis://127.0.0.1:1/0", HEARTBEAT_SECONDS="3")
    assert done.exit_code == 0
    assert "ended_sessions  1" in done.stdout
    assert "Redis cannot be reached" in done.stderr
    assert "PALAVER_HEARTBEAT_SECONDS (3 s)" in done.stderr
