"""`palaver retention`."""

from typing import Any

import pytest
from doubles.chat import Chat
from doubles.chatting import chatting


@pytest.fixture
def group(run: Any) -> str:
    """A group with five messages of long ago."""

    async def work(chat: Chat) -> str:
        await chat.people("ann")
        group = await chat.group("ann")
        for _ in range(5):
            await chat.say("ann", group)
        return group

    return chatting(work)


def test_messages_are_forgotten_by_rule(run: Any, ask: Any, group: str) -> None:
    """By flags, or by the setting of the server; without a rule none."""
    assert ask("retention", "--yes")["messages"] == 0
    assert ask("retention", "--dry-run", "--older-than", "2d")["messages"] == 5
    assert ask("retention", "--yes", KEEP_MESSAGES="4")["messages"] == 1
    assert ask("retention", "--yes", "--keep", "3", "--conversation", group) == {
        "messages": 1,
        "conversations": 1,
        "sessions": 0,
        "done": True,
    }
    assert ask("retention", "--yes", "--older-than", "48h")["messages"] == 3


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--older-than", "soon", "--yes"), 2, "'soon' is no age"),
        (("--keep", "3"), 2, "give --yes"),
        (("--keep", "1", "--yes", "--conversation", "nothing"), 1, "no conversation 'nothing'"),
    ],
)
def test_what_cannot_be_done_is_told(run: Any, arguments: tuple[str, ...], code: int, told: str) -> None:
    """And nothing is forgotten."""
    done = run("retention", *arguments)
    assert done.exit_code == code
    assert told in done.stderr
