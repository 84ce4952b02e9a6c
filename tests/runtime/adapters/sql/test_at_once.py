"""Work that is done in one go."""

import asyncio

import pytest
from doubles.chat import Chat, caller

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.at_once import finish
from palaver_runtime.adapters.sql.store import SqlWriter
from palaver_runtime.domain.values import Position
from palaver_runtime.ports import Advance, Asked


class Regret(Exception):
    """Why nothing is to be kept."""


async def _position(store: SqlStore, conversation_id: str) -> Position | None:
    async with store.reading() as tx:
        return await tx.position(conversation_id)


async def test_work_is_committed(chat: Chat) -> None:
    """What it returns is given, and what it changed is there for the next transaction."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    before = await _position(chat.store, conversation_id)
    assert before is not None

    async def advance(tx: SqlWriter) -> Position:
        position = (await tx.ground([Asked(conversation_id, "ann", None, None)])).positions[conversation_id]
        later = Position(revision=position.revision + 3, sequence=position.sequence + 2)
        await tx.add_messages([Advance(conversation_id, later, await tx.now())], [])
        return later

    given = await chat.store.write(advance)
    assert given == Position(revision=before.revision + 3, sequence=before.sequence + 2)
    assert await _position(chat.store, conversation_id) == given


async def test_work_that_raises_changes_nothing(chat: Chat) -> None:
    """Its own error comes out, and the store is as before."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    before = await _position(chat.store, conversation_id)

    async def regretted(tx: SqlWriter) -> None:
        await tx.advance(conversation_id)
        await tx.ground([Asked(conversation_id, "ann", None, None)])
        await tx.add_messages([Advance(conversation_id, Position(revision=9, sequence=9), await tx.now())], [])
        raise Regret

    with pytest.raises(Regret):
        await chat.store.write(regretted)
    assert await _position(chat.store, conversation_id) == before


async def test_work_cannot_wait_for_anything_else(chat: Chat) -> None:
    """It would have the database wait with it: it is refused, and nothing of it is kept."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    before = await _position(chat.store, conversation_id)

    async def waits(tx: SqlWriter) -> None:
        await tx.advance(conversation_id)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="wait for nothing"):
        await chat.store.write(waits)
    assert await _position(chat.store, conversation_id) == before
    assert (await chat.say("ann", conversation_id)).sequence == 1


async def test_messages_take_this_way(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is one piece of work."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    pieces: list[object] = []
    send = chat.store.send

    async def noted(work: object) -> object:
        pieces.append(work)
        return await send(work)

    monkeypatch.setattr(chat.store, "send", noted)
    sent = await asyncio.gather(*(chat.say("ann", conversation_id, client_id=str(number)) for number in range(9)))
    assert [message.sequence for message in sent] == list(range(1, 10))
    assert len(pieces) <= 2
    assert caller("ann").user_id == sent[0].sender_id


def test_result_and_error_are_those_of_the_work() -> None:
    """Whatever never waits is done like a plain function."""

    async def inner(number: int) -> int:
        return number + 1

    async def work() -> int:
        return await inner(await inner(1))

    async def regretted() -> None:
        raise Regret

    assert finish(work()) == 3
    with pytest.raises(Regret):
        finish(regretted())
