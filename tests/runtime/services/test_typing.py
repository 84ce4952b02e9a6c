"""Who is writing something just now."""

from collections.abc import AsyncIterator

import pytest
from doubles.chat import Chat, called, caller

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.domain.events import TypingChanged

ANN, BOB, EVE = caller("ann"), caller("bob"), caller("eve")


@pytest.fixture
async def conversation_id(chat: Chat) -> str:
    """A conversation of ann and bob; eve is a stranger."""
    await chat.people("ann", "bob", "eve")
    return await chat.group("ann", "bob")


@pytest.fixture
async def hasty(store: SqlStore) -> AsyncIterator[Chat]:
    """A chat in which typing ends by itself at once."""
    chat = Chat(store, typing_timeout=0.001)
    yield chat
    await chat.close()


def states(chat: Chat) -> list[tuple[str, bool]]:
    """Give who was told to start or stop typing."""
    return [(each.user_id, each.active) for each in chat.recorder.take() if isinstance(each, TypingChanged)]


async def test_news_alone_is_told(chat: Chat, conversation_id: str) -> None:
    """Starting again while typing, and stopping without it, tell nothing."""
    await chat.typing.stop(ANN, conversation_id)
    for _ in range(2):
        await chat.typing.start(ANN, conversation_id, "1")
    assert chat.recorder.events == [
        TypingChanged(
            conversation_id=conversation_id, user_id="ann", profile=called("ann"), active=True, at=chat.clock.now()
        )
    ]
    chat.recorder.take()
    for _ in range(2):
        await chat.typing.stop(ANN, conversation_id)
    assert chat.recorder.events == [
        TypingChanged(
            conversation_id=conversation_id, user_id="ann", profile=called("ann"), active=False, at=chat.clock.now()
        )
    ]


async def test_typing_ends_by_itself(hasty: Chat) -> None:
    """Who says no more about it has stopped, and can start again."""
    await hasty.people("ann")
    conversation_id = await hasty.group("ann")
    for _ in range(2):
        await hasty.typing.start(ANN, conversation_id, "1")
        for active in (True, False):
            event = await hasty.recorder.next()
            assert isinstance(event, TypingChanged)
            assert event.active is active


async def test_lost_connection_ends_what_was_typed_on_it(chat: Chat, conversation_id: str) -> None:
    """Typing on a lost connection ends in every conversation, that of others and on other connections goes on."""
    other = await chat.group("ann", "bob")
    for place in (conversation_id, other):
        await chat.typing.start(ANN, place, "1")
    await chat.typing.start(BOB, other, "2")
    chat.recorder.take()
    chat.typing.disconnected("1")
    chat.typing.disconnected("1")
    assert states(chat) == [("ann", False), ("ann", False)]
    await chat.typing.stop(BOB, other)
    assert states(chat) == [("bob", False)]


async def test_typing_that_went_on_elsewhere_survives_the_first_connection(chat: Chat, conversation_id: str) -> None:
    """The connection that said so last counts, and nothing is kept of any afterwards."""
    for connection_id in ("1", "2"):
        await chat.typing.start(ANN, conversation_id, connection_id)
    chat.typing.disconnected("1")
    assert states(chat) == [("ann", True)]
    chat.typing.disconnected("2")
    assert states(chat) == [("ann", False)]
    assert (chat.typing._typing, chat.typing._by_connection) == ({}, {})


async def test_strangers_cannot_type(chat: Chat, conversation_id: str) -> None:
    """Who is not in a conversation is refused as for one that is not there, and nobody is told."""
    for place in (conversation_id, "c0"):
        for attempt in (chat.typing.start(EVE, place, "1"), chat.typing.stop(EVE, place)):
            with pytest.raises(Forbidden):
                await attempt
    assert chat.recorder.events == []


async def test_closing_forgets_everything(chat: Chat, conversation_id: str) -> None:
    """After closing nothing is pending and nothing is told."""
    await chat.typing.start(ANN, conversation_id, "1")
    chat.recorder.take()
    await chat.typing.close()
    chat.typing.disconnected("1")
    assert chat.recorder.events == []
