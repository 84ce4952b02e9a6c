"""The commands of those who look after a server."""

from typing import Any

import pytest


@pytest.mark.parametrize("name", ["users", "sessions", "conversations"])
def test_group_lists_its_commands(run: Any, name: str) -> None:
    """Without a word more."""
    done = run(name)
    assert "Commands" in done.output
    assert "list" in done.output


@pytest.mark.parametrize(
    "words",
    [
        ("users", "delete"),
        ("sessions", "revoke"),
        ("conversations", "delete"),
        ("retention",),
        ("import",),
    ],
)
def test_what_destroys_can_be_tried(run: Any, words: tuple[str, ...]) -> None:
    """Each such command has a dry run, and speaks JSON."""
    help_ = run(*words, "--help").output
    assert "--dry-run" in help_
    assert "--json" in help_
