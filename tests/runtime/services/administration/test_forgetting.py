"""Messages go for good, oldest first."""

import pytest
from doubles.chat import Chat, caller

from palaver_runtime.services.administration import forgetting
from palaver_runtime.services.administration.forgetting import forget


async def test_messages_go_up_to_a_sequence(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those up to it go, a few in each transaction, and of other conversations none."""
    monkeypatch.setattr(forgetting, "CHUNK", 2)
    await chat.people("ann")
    here, there = await chat.group("ann"), await chat.group("ann")
    for _ in range(6):
        await chat.say("ann", here)
        await chat.say("ann", there)
    done: list[int] = []
    assert await forget(chat.store, here, 5, lambda _what, count: done.append(count)) == 5
    assert done == [2, 4, 5]
    messages, _ = await chat.messages.history(caller("ann"), here, limit=10)
    assert [each.sequence for each in messages] == [6]
    assert len((await chat.messages.history(caller("ann"), there, limit=10))[0]) == 6
    assert await forget(chat.store, here, 5) == 0
