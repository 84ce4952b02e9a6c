"""`palaver conversations`."""

from typing import Any

import pytest
from doubles.chat import Chat, caller
from doubles.chatting import chatting


@pytest.fixture
def group(run: Any) -> str:
    """A group of ann and bob with two messages."""

    async def work(chat: Chat) -> str:
        await chat.people("ann", "bob")
        group = await chat.group("ann", "bob")
        await chat.conversations.update(caller("ann"), group, "Plans\x1b[2J", None)
        await chat.say("ann", group)
        await chat.say("bob", group)
        return group

    return chatting(work)


def test_conversation_is_listed_shown_and_deleted(run: Any, ask: Any, group: str) -> None:
    """With people and counts; what was said is not shown."""
    (listed,) = ask("conversations", "list", "--user", "bob.")
    assert (listed["id"], listed["people"], listed["messages"]) == (group, 2, 2)
    shown = ask("conversations", "show", group)
    assert [each["user_id"] for each in shown["participants"]] == ["ann", "bob"]
    assert shown["sequence"] == 2
    text = run("conversations", "show", group).stdout
    assert "owner   ann (ann.), since" in text
    assert "hello" not in text
    # A name is somebody else's text, and moves no cursor.
    assert "\x1b" not in text
    assert not ask("conversations", "delete", group, "--dry-run")["done"]
    assert ask("conversations", "delete", group, "--yes")["removed_messages"] == 2
    assert ask("conversations", "list") == []


def test_conversation_that_is_not_there_is_told(run: Any) -> None:
    """With exit code 1."""
    done = run("conversations", "delete", "nothing", "--yes")
    assert done.exit_code == 1
    assert "no conversation 'nothing'" in done.stderr
