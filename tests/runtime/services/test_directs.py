"""Conversations of two, for who names the other person."""

import asyncio

import pytest
from doubles.chat import PLENTY, Chat, caller

from palaver_runtime.domain.commands import SendDirect
from palaver_runtime.domain.errors import Invalid, NotFound, RateLimited
from palaver_runtime.domain.events import ConversationCreated, MessageCreated
from palaver_runtime.domain.limits import Rate
from palaver_runtime.domain.values import Attachment, ConversationType
from palaver_runtime.ports import Store
from palaver_runtime.services.limits import Rates

ANN, BOB, EVE = caller("ann"), caller("bob"), caller("eve")


@pytest.fixture(autouse=True)
async def people(chat: Chat) -> None:
    """Three users."""
    await chat.people("ann", "bob", "eve")


def to(user_id: str, content: str = "hello", client_id: str | None = None) -> SendDirect:
    """Give a message to somebody."""
    return SendDirect(recipient_id=user_id, content=content, client_id=client_id)


async def test_first_message_makes_the_conversation(chat: Chat) -> None:
    """It is told before the message, as a direct one of the two; the second message finds it, from either side."""
    first = await chat.directs.send(ANN, to("bob"))
    second = await chat.directs.send(BOB, to("ann"))
    created, *sent = chat.recorder.take()
    assert isinstance(created, ConversationCreated)
    assert created.conversation.type is ConversationType.DIRECT
    assert [each.user_id for each in created.conversation.participants] == ["ann", "bob"]
    assert sent == [
        MessageCreated(conversation_id=created.conversation_id, revision=revision, message=message)
        for revision, message in ((2, first), (3, second))
    ]
    assert (first.sequence, second.sequence) == (1, 2)


async def test_conversation_of_elsewhere_is_used(chat: Chat) -> None:
    """A direct conversation that somebody created is that of the two; a group of the two is not."""
    await chat.group("ann", "bob")
    direct = await chat.direct("bob", "ann")
    assert (await chat.directs.send(ANN, to("bob"))).conversation_id == direct


async def test_both_write_at_once(chat: Chat) -> None:
    """First messages of both sides that cross go into one conversation, and none is lost."""
    sent = await asyncio.gather(*(chat.directs.send(one, to(other)) for one, other in [(ANN, "bob"), (BOB, "ann")] * 5))
    assert len({each.conversation_id for each in sent}) == 1
    assert sorted(each.sequence for each in sent) == list(range(1, 11))
    assert [type(each) for each in chat.recorder.take()].count(ConversationCreated) == 1


async def test_repeated_message_is_the_first(chat: Chat) -> None:
    """A client identifier holds for its recipient: repeated it makes nothing, to others it is another message."""
    first = await chat.directs.send(ANN, to("bob", client_id="mine"))
    assert await chat.directs.send(ANN, to("bob", client_id="mine")) == first
    assert (await chat.directs.send(ANN, to("eve", client_id="mine"))).id != first.id


async def test_attachments_come_along(chat: Chat) -> None:
    """What is attached is stored with the message."""
    attachments = (Attachment(file_id="https://files.example/a.jpg"),)
    sent = await chat.directs.send(ANN, SendDirect(recipient_id="bob", content="x", attachments=attachments))
    assert sent.attachments == attachments


async def test_nobody_and_oneself_are_no_recipients(chat: Chat) -> None:
    """Whom nobody knows is not found, and a message to oneself makes no sense; nothing is made."""
    with pytest.raises(NotFound):
        await chat.directs.send(ANN, to("nobody"))
    with pytest.raises(Invalid):
        await chat.directs.send(ANN, to("ann"))
    assert chat.recorder.take() == []
    assert await chat.directs.listing(ANN, None, 10) == ((), None)


async def test_one_message_too_many_makes_no_conversation(store: Store) -> None:
    """A refused message leaves no empty conversation behind; an accepted one is counted once."""
    chat = Chat(store, Rates(messages=Rate(2, 10), requests=PLENTY.requests, sign_ins=PLENTY.sign_ins))
    for _ in range(2):
        await chat.directs.send(ANN, to("bob"))
    with pytest.raises(RateLimited):
        await chat.directs.send(ANN, to("eve"))
    assert await chat.directs.listing(EVE, None, 10) == ((), None)
    await chat.close()


async def test_listing_has_both_sides(chat: Chat) -> None:
    """Latest activity first, page by page, and with what either side of two has not read."""
    with_bob, with_eve = await chat.direct("ann", "bob"), await chat.direct("eve", "ann")
    for user_id, conversation_id in (("ann", with_bob), ("ann", with_bob), ("bob", with_bob), ("eve", with_eve)):
        await chat.say(user_id, conversation_id)
    first, place = await chat.directs.listing(ANN, None, 1)
    second, end = await chat.directs.listing(ANN, place, 1)
    assert end is None
    assert [each.summary.conversation.id for each in (*first, *second)] == [with_eve, with_bob]
    assert [each.unread for each in (*first, *second)] == [{"eve": 0, "ann": 1}, {"ann": 1, "bob": 2}]
    assert [each.summary.unread for each in (*first, *second)] == [1, 1]
    await chat.receipts.mark(BOB, with_bob)
    assert [each.unread for each in (await chat.directs.listing(ANN, place, 1))[0]] == [{"ann": 1, "bob": 0}]


async def test_listing_has_groups(chat: Chat) -> None:
    """A group stands among the others, with what the caller has not read; of its members, who may be many, none."""
    direct, group = await chat.direct("ann", "bob"), await chat.group("bob", "ann", "eve")
    await chat.say("bob", direct)
    await chat.say("bob", group)
    page, _ = await chat.directs.listing(ANN, None, 10)
    assert [(each.summary.conversation.id, each.summary.unread) for each in page] == [(group, 1), (direct, 1)]
    assert [each.unread for each in page] == [{}, {"ann": 1, "bob": 0}]
