"""What was read."""

import pytest
from doubles.chat import Chat, caller

from palaver_runtime.domain.errors import Forbidden, NotFound
from palaver_runtime.domain.events import ReadMarked
from palaver_runtime.domain.values import ReadMark

ANN, EVE = caller("ann"), caller("eve")


@pytest.fixture
async def conversation_id(chat: Chat) -> str:
    """A conversation of ann and bob; eve is a stranger."""
    await chat.people("ann", "bob", "eve")
    return await chat.group("ann", "bob")


async def test_mark_moves_forward_and_is_told(chat: Chat, conversation_id: str) -> None:
    """Marking a later message is told with its place; an earlier or the same one changes and tells nothing."""
    sent = [await chat.say("bob", conversation_id) for _ in range(3)]
    chat.recorder.take()
    mark = await chat.receipts.mark(ANN, conversation_id, sent[1].id)
    assert mark == ReadMark(message_id=sent[1].id, sequence=2, unread=1)
    for message in sent[:2]:
        assert await chat.receipts.mark(ANN, conversation_id, message.id) == mark
    assert await chat.receipts.unread(ANN, conversation_id) == mark
    assert chat.recorder.events == [
        ReadMarked(
            conversation_id=conversation_id, user_id="ann", message_id=sent[1].id, sequence=2, at=chat.clock.now()
        )
    ]


async def test_own_and_deleted_messages_are_not_unread(chat: Chat, conversation_id: str) -> None:
    """Only what others said, and still say, is unread."""
    await chat.say("ann", conversation_id)
    gone = await chat.say("bob", conversation_id)
    await chat.say("bob", conversation_id)
    assert (await chat.receipts.unread(ANN, conversation_id)).unread == 2
    await chat.messages.delete(caller("bob"), gone.id)
    assert (await chat.receipts.unread(ANN, conversation_id)).unread == 1
    assert await chat.receipts.mark(ANN, conversation_id, gone.id) == ReadMark(message_id=gone.id, sequence=2, unread=1)


async def test_message_must_be_of_the_conversation(chat: Chat, conversation_id: str) -> None:
    """A message that is elsewhere or nowhere marks nothing."""
    elsewhere = await chat.say("ann", await chat.group("ann"))
    for message_id in (elsewhere.id, "m0"):
        with pytest.raises(NotFound):
            await chat.receipts.mark(ANN, conversation_id, message_id)
    assert (await chat.receipts.unread(ANN, conversation_id)).sequence == 0


async def test_strangers_learn_nothing(chat: Chat, conversation_id: str) -> None:
    """A conversation that is not the caller's answers as one that is not there."""
    message = await chat.say("bob", conversation_id)
    answers = set()
    for place in (conversation_id, "c0"):
        for attempt in (chat.receipts.mark(EVE, place, message.id), chat.receipts.unread(EVE, place)):
            with pytest.raises(Forbidden) as caught:
                await attempt
            answers.add(caught.value.message)
    assert len(answers) == 1
