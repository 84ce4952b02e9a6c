"""What it takes to send many messages at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from doubles.chat import Chat, caller
from sqlalchemy import text

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.batches import statements
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.values import Position
from palaver_runtime.ports import Advance, Asked, ClientKey


def position(revision: int, sequence: int) -> Position:
    """Give counters."""
    return Position(revision=revision, sequence=sequence)


async def test_locked_conversations_come_with_their_counters(chat: Chat) -> None:
    """Those that are there, each with where it stands."""
    await chat.people("ann")
    one, two = [await chat.group("ann") for _ in range(2)]
    await chat.say("ann", one)
    async with chat.store.writing() as tx:
        assert await tx.lock_all([two, "c0", one]) == {one: position(2, 1), two: position(1, 0)}
        assert await tx.lock_all([]) == {}


async def test_ground_is_of_what_was_asked(chat: Chat) -> None:
    """Where each conversation stands, and who is in the one that was asked for, not in another one."""
    await chat.people("ann", "bob", "eve")
    one, two = await chat.group("ann", "bob"), await chat.group("eve")
    await chat.say("ann", one)
    async with chat.store.writing() as tx:
        places = [(one, "bob"), (one, "eve"), (two, "eve"), (two, "ann"), ("c0", "ann")]
        ground = await tx.ground([Asked(*place, None, None) for place in places])
        assert ground.positions == {one: position(2, 1), two: position(1, 0)}
        assert ground.participants == {
            (one, "bob"): await tx.participant(one, "bob"),
            (two, "eve"): await tx.participant(two, "eve"),
        }
        assert (ground.repeated, ground.messages) == ({}, {})
        nothing = await tx.ground([])
        assert (nothing.positions, nothing.participants) == ({}, {})


async def test_client_identifier_is_the_senders(chat: Chat) -> None:
    """A message is found by its client identifier for its sender and conversation alone."""
    await chat.people("ann", "bob")
    one, two = await chat.group("ann", "bob"), await chat.group("ann")
    message = await chat.say("ann", one, client_id="client 'x' 😀")
    for client_id in (None, "client 'x'", "client 'x' 😀."):
        await chat.say("ann", one, client_id=client_id)
    key = ClientKey(one, "ann", "client 'x' 😀")
    async with chat.store.writing() as tx:
        others = [
            ClientKey(one, "bob", key.client_id),
            ClientKey(two, "ann", key.client_id),
            ClientKey(one, "ann", key.client_id.upper()),
            ClientKey(one, "ann", ""),
        ]
        assert (await tx.ground([Asked(*each, None) for each in [*others, key]])).repeated == {key: message}


async def test_messages_are_found_by_identifier(chat: Chat) -> None:
    """Those that are there, deleted ones included, wherever they are."""
    await chat.people("ann")
    conversation_id, other = await chat.group("ann"), await chat.group("ann")
    one, two, _ = [await chat.say("ann", conversation_id) for _ in range(3)]
    await chat.messages.delete(caller("ann"), two.id)
    async with chat.store.writing() as tx:
        ground = await tx.ground([Asked(other, "ann", None, each) for each in (two.id, "m0", None, one.id)])
        assert ground.messages == {one.id: one, two.id: await tx.message(two.id)}


async def test_advancing_never_makes_activity_earlier(chat: Chat) -> None:
    """Counters are set as given; activity is of the latest message, whichever was counted last."""
    await chat.people("ann")
    one, two = [await chat.group("ann") for _ in range(2)]
    now = chat.clock.now()
    later, earlier = now + timedelta(seconds=1), now - timedelta(seconds=1)
    async with chat.store.writing() as tx:
        await tx.ground([Asked(each, "ann", None, None) for each in (one, two)])
        await tx.add_messages([Advance(one, position(3, 2), later), Advance(two, position(5, 4), earlier)], [])
        found = [await tx.conversation(each) for each in (one, two)]
    assert [(each.revision, each.sequence) for each in found if each] == [(3, 2), (5, 4)]
    assert [each.active_at for each in found if each] == [later, found[1] and found[1].active_at]
    assert found[1] is not None
    assert found[1].active_at == found[1].created_at


async def test_client_identifiers_are_looked_up_in_their_own_order(chat: Chat) -> None:
    """By the index of them all, which PostgreSQL would not choose by itself while there are no messages."""
    async with chat.store.writing() as tx:
        dialect, known = tx._connection.dialect, tx._statements
        prepared = known.ground.text(dialect)
        values = prepared.values(known.asked.parameters([("c1", "ann", "one")]))
        if dialect.name == "sqlite":
            plan = await tx._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {prepared.sql}", values)
            assert "(conversation_id=? AND sender_id=? AND client_id" in str(plan.all())
        else:
            plan = await tx._connection.exec_driver_sql(f"EXPLAIN {prepared.sql}", values)
            assert "uq_messages_conversation_id_sender_id_client_id" in str(plan.all())


@pytest.mark.parametrize("bad", [{"content": "\ud800"}, {"content": "x", "metadata": {"no": object()}}])
async def test_message_that_the_database_refuses_fails_alone(chat: Chat, bad: dict[str, Any]) -> None:
    """Of ten that are sent at once one cannot be stored: the others are, numbered without a gap."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    commands = [SendMessage(conversation_id=conversation_id, content=str(number)) for number in range(9)]
    commands.insert(4, SendMessage(conversation_id=conversation_id, **bad))
    sent = await asyncio.gather(*(chat.messages.send(caller("ann"), each) for each in commands), return_exceptions=True)
    failed = [place for place, each in enumerate(sent) if isinstance(each, BaseException)]
    assert failed == [4]
    async with chat.store.reading() as tx:
        stored = await tx.history(conversation_id, after=0, limit=100)
    assert [(each.sequence, each.content) for each in stored] == [(number + 1, str(number)) for number in range(9)]


async def test_two_who_lock_the_same_do_not_wait_in_a_circle(postgres_url: str) -> None:
    """Two instances that lock twenty conversations in opposite orders both get through, again and again."""
    stores = [SqlStore(postgres_url) for _ in range(2)]
    for store in stores:
        await store.start()
    chat = Chat(stores[0])
    await chat.people("ann")
    ids = [await chat.group("ann") for _ in range(20)]

    async def lock(store: SqlStore, order: list[str]) -> None:
        for _ in range(20):
            async with store.writing() as tx:
                await tx.lock_all(order)
                await tx._connection.execute(text("SELECT pg_sleep(0.001)"))

    try:
        async with asyncio.timeout(30):
            await asyncio.gather(lock(stores[0], ids), lock(stores[1], ids[::-1]))
    finally:
        await chat.close()
        for store in stores:
            await store.close()


@pytest.mark.parametrize("which", ["lock", "add"])
async def test_all_lock_in_the_same_order(postgres_url: str, which: str) -> None:
    """Also who locks only what is as it was read."""
    store = SqlStore(postgres_url)
    async with store.reading() as tx:
        sql = getattr(statements(tx._connection.dialect), which).text(tx._connection.dialect).sql
    assert "ORDER BY conversations.id FOR NO KEY UPDATE" in sql
    await store.close()


async def test_forgotten_messages_are_gone_and_no_others(chat: Chat) -> None:
    """Of each conversation those up to its sequence, which are counted; one before the first forgets nothing."""
    await chat.people("ann")
    one, two, three = [await chat.group("ann") for _ in range(3)]
    for conversation_id in (one, two, three):
        for _ in range(3):
            await chat.say("ann", conversation_id)
    async with chat.store.writing() as tx:
        assert await tx.forget_messages({one: 2, two: -5}) == 2
        assert await tx.forget_messages({one: 2}) == 0
        assert await tx.forget_messages({}) == 0
        left = [[each.sequence for each in await tx.history(place, after=0, limit=9)] for place in (one, two, three)]
    assert left == [[3], [1, 2, 3], [1, 2, 3]]


async def test_forgetting_looks_at_what_it_forgets_alone(chat: Chat) -> None:
    """The messages are found by an index, however many others there are."""
    async with chat.store.writing() as tx:
        dialect = tx._connection.dialect
        compiled = tx._statements.forget.compile(dialect=dialect)
        parameters = tx._statements.ends.parameters([("c1", 1)])
        values = tuple(parameters[name] for name in compiled.positiontup or ())
        if dialect.name == "sqlite":
            plan = await tx._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
        else:
            await tx._connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = await tx._connection.exec_driver_sql(f"EXPLAIN {compiled}", values)
        assert "SCAN messages" not in (shown := str(plan.all()))
        assert "Seq Scan" not in shown
