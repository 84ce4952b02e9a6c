"""What was read."""

import pytest
from doubles.chat import Chat, caller

from palaver_runtime.domain.errors import Forbidden, NotFound
from palaver_runtime.domain.events import ReadMarked
from palaver_runtime.domain.values import Caller, ReadMark

ANN, EVE = caller("ann"), caller("eve")
ADMIN = Caller(user_id="root", admin=True)


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


async def test_mark_goes_up_to_a_sequence(chat: Chat, conversation_id: str) -> None:
    """It is the mark of the message there; one beyond the end is that of the end, an earlier one changes nothing."""
    sent = [await chat.say("bob", conversation_id) for _ in range(4)]
    chat.recorder.take()
    marks = [ReadMark(message_id=each.id, sequence=each.sequence, unread=4 - each.sequence) for each in sent]
    for sequence, mark in [(2, marks[1]), (1, marks[1]), (3, marks[2]), (10**12, marks[3]), (0, marks[3])]:
        assert await chat.receipts.mark(ANN, conversation_id, sequence=sequence) == mark
    assert await chat.receipts.unread(ANN, conversation_id) == marks[3]
    events = chat.recorder.take()
    assert all(isinstance(each, ReadMarked) for each in events)
    assert [(each.message_id, each.sequence) for each in events if isinstance(each, ReadMarked)] == [
        (sent[place].id, place + 1) for place in (1, 2, 3)
    ]


@pytest.mark.parametrize("sequence", [0, -1, -(10**12)])
async def test_sequence_before_the_first_marks_nothing(chat: Chat, conversation_id: str, sequence: int) -> None:
    """There is nothing up to there that could have been read."""
    await chat.say("bob", conversation_id)
    chat.recorder.take()
    mark = await chat.receipts.mark(ANN, conversation_id, sequence=sequence)
    assert mark == ReadMark(message_id=None, sequence=0, unread=1)
    assert chat.recorder.events == []


async def test_sequence_stands_for_what_is_kept(chat: Chat, conversation_id: str) -> None:
    """Of messages that are gone none is read, and of a deleted one the place is."""
    sent = [await chat.say("bob", conversation_id) for _ in range(4)]
    await chat.messages.delete(caller("bob"), sent[2].id)
    await chat.messages.prune(ADMIN, conversation_id, 2)
    assert await chat.receipts.mark(ANN, conversation_id, sequence=2) == ReadMark(message_id=None, sequence=0, unread=1)
    assert await chat.receipts.mark(ANN, conversation_id, sequence=3) == ReadMark(
        message_id=sent[2].id, sequence=3, unread=1
    )


async def test_everything_is_marked_without_a_place(chat: Chat, conversation_id: str) -> None:
    """The mark is that of the last message; where there is none, nothing is marked or told."""
    nothing = ReadMark(message_id=None, sequence=0, unread=0)
    assert await chat.receipts.mark(ANN, conversation_id) == nothing
    assert chat.recorder.events == []
    for _ in range(3):
        last = await chat.say("bob", conversation_id)
    chat.recorder.take()
    mark = ReadMark(message_id=last.id, sequence=3, unread=0)
    for _ in range(2):
        assert await chat.receipts.mark(ANN, conversation_id) == mark
    assert chat.recorder.events == [
        ReadMarked(conversation_id=conversation_id, user_id="ann", message_id=last.id, sequence=3, at=chat.clock.now())
    ]


async def test_strangers_mark_nothing_by_any_way(chat: Chat, conversation_id: str) -> None:
    """Neither up to a sequence nor everything."""
    await chat.say("bob", conversation_id)
    for attempt in (
        chat.receipts.mark(EVE, conversation_id),
        chat.receipts.mark(EVE, conversation_id, sequence=1),
    ):
        with pytest.raises(Forbidden):
            await attempt
