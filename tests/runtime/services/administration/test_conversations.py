"""Conversations as those who look after a server see them."""

import pytest
from doubles.chat import Chat, caller

from palaver_runtime.domain.errors import Forbidden, NotFound
from palaver_runtime.domain.events import ParticipantRemoved, Superseded
from palaver_runtime.services.administration import forgetting


async def test_conversations_are_listed_with_what_is_in_them(chat: Chat) -> None:
    """All of them, or a user's."""
    await chat.people("ann", "bob", "cid")
    first, second = await chat.group("ann", "bob"), await chat.group("ann", "cid")
    await chat.say("ann", first)
    found = {each.conversation.id: each.messages async for each in chat.rooms.listing()}
    assert found == {first: 1, second: 0}
    assert [each.conversation.id async for each in chat.rooms.listing("cid")] == [second]
    with pytest.raises(NotFound, match="'nothing'"):
        await chat.rooms.show("nothing")


async def test_deleted_conversation_is_over_for_everybody(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each participant is told with a revision of its own, and again from the store; no message, no name is left."""
    monkeypatch.setattr(forgetting, "CHUNK", 2)
    await chat.people("ann", "bob")
    group = await chat.group("ann", "bob")
    await chat.conversations.update(caller("ann"), group, "Secret plans", {"a": 1})
    for _ in range(5):
        await chat.say("ann", group)
    edited = await chat.say("bob", group)
    await chat.messages.edit(caller("bob"), edited.id, "hi")
    chat.recorder.take()
    revision = (await chat.rooms.show(group)).conversation.revision
    assert await chat.rooms.delete(group) == 6
    told = chat.recorder.take()
    assert [(type(each), each.user_id, each.revision) for each in told if isinstance(each, ParticipantRemoved)] == [
        (ParticipantRemoved, "ann", revision + 1),
        (ParticipantRemoved, "bob", revision + 2),
    ]
    async with chat.store.reading() as tx:
        changes = await tx.changes(group, 0, revision + 2)
        left = await tx.conversation(group)
    assert {type(each) for each in changes[:revision]} == {Superseded}
    assert [type(each) for each in changes[revision:]] == [ParticipantRemoved] * 2
    assert left is not None
    assert (left.name, left.metadata, left.participants, left.public) == (None, {}, (), False)
    with pytest.raises(Forbidden):
        await chat.say("ann", group)
    with pytest.raises(Forbidden):
        await chat.conversations.join(caller("ann"), group)
    assert [each async for each in chat.rooms.listing()] == []


async def test_interrupted_deletion_is_finished_by_another(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of the messages goes, and the removals of the first time are still to be read."""
    await chat.people("ann", "bob")
    group = await chat.group("ann", "bob")
    for _ in range(3):
        await chat.say("ann", group)

    def fail(_what: str, _done: int) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(forgetting, "CHUNK", 1)
    with pytest.raises(RuntimeError, match="on purpose"):
        await chat.rooms.delete(group, fail)
    assert await chat.rooms.delete(group) == 2
    async with chat.store.reading() as tx:
        changes = await tx.changes(group, 0, 100)
    assert [each.user_id for each in changes if isinstance(each, ParticipantRemoved)] == ["ann", "bob"]


async def test_two_people_can_begin_again(chat: Chat) -> None:
    """After their direct conversation was deleted the next one is another."""
    await chat.people("ann", "bob")
    first = await chat.direct("ann", "bob")
    await chat.rooms.delete(first)
    assert await chat.direct("ann", "bob") != first
