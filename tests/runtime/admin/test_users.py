"""`palaver users`."""

from typing import Any

import pytest

from palaver_runtime.admin.users import described


def test_life_of_a_user(run: Any, ask: Any) -> None:
    """Created, listed, shown, renamed, given another password, and deleted, by name or identifier."""
    made = ask("users", "create", "alice", "--display-name", "Alice", "--password-stdin", said="correct horse\n")
    assert (made["name"], made["display_name"]) == ("alice", "Alice")
    assert "password" not in made
    assert ask("users", "list") == [made]
    assert ask("users", "show", "ALICE") == made | {"sessions": 0, "groups": 0, "directs": 0, "messages": 0}
    assert ask("users", "rename", made["id"], "--name", "anna")["name"] == "anna"
    reset = ask("users", "reset-password", "anna", "--generate")
    assert len(reset["password"]) >= 20
    assert reset["ended_sessions"] == 0
    planned = ask("users", "delete", "anna", "--dry-run")
    assert (planned["done"], planned["deleted_at"]) == (False, None)
    done = ask("users", "delete", "anna", "--yes")
    assert done["done"]
    assert done["deleted_at"]
    assert ask("users", "list") == []
    assert len(ask("users", "list", "--deleted")) == 1
    assert run("users", "list").output == "There are no users.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("users", "show", "nobody"), 1, "no user with the identifier or the name 'nobody'"),
        (("users", "create", "a b", "--generate"), 1, "palaver: a name to sign in with has"),
        (("users", "create", "alice"), 2, "--password-stdin or --generate"),
        (("users", "create", "alice", "--generate", "--password-stdin"), 2, "contradict each other"),
        (("users", "rename", "alice"), 2, "say what to change"),
        (("users", "delete", "nobody"), 1, "nobody"),
        (("users", "show", "x", "--database-url", "sqlite:///none.db"), 3, "there is no such file"),
    ],
)
def test_what_cannot_be_done_is_told(run: Any, arguments: tuple[str, ...], code: int, told: str) -> None:
    """With the exit code that it means."""
    done = run(*arguments)
    assert done.exit_code == code
    assert told in done.stderr
    assert done.stdout == ""


def test_short_password_is_refused(run: Any) -> None:
    """Before anything is done, and without showing it."""
    done = run("users", "create", "alice", "--password-stdin", said="geheim\n")
    assert done.exit_code == 2
    assert "8 to 128 characters" in done.stderr
    assert "geheim" not in done.output


def test_nobody_is_deleted_without_a_word(run: Any, ask: Any) -> None:
    """Where nobody can be asked, --yes is needed."""
    ask("users", "create", "alice", "--generate")
    done = run("users", "delete", "alice")
    assert done.exit_code == 2
    assert "give --yes" in done.stderr
    assert len(ask("users", "list")) == 1


def test_user_is_described_by_all_fields(ask: Any) -> None:
    """Those that the listing has."""
    assert described.__doc__
    assert ask("users", "create", "alice", "--generate").keys() == {
        *("id", "name", "display_name", "created_at", "deleted_at", "password")
    }
