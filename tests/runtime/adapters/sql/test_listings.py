"""Listings of conversations."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from doubles.chat import Chat, caller
from sqlalchemy import Connection, Engine, event, text

from palaver_runtime.adapters.sql import prepared
from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.values import ConversationType
from palaver_runtime.ports import ListingPlace, Store

Asked = list[tuple[str, object]]
"""Statements, with their parameters in order."""


@contextmanager
def statements() -> Iterator[Asked]:
    """Collect the statements that are executed, by SQLAlchemy and past it."""
    seen: Asked = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        seen.append((statement, parameters))

    run = prepared._run

    def noted(connection: Connection, sql: str, values: object, *, many: bool) -> object:
        seen.append((sql, values))
        return run(connection, sql, values, many=many)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(prepared, "_run", noted)
            yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def listed(store: Store, user_id: str, after: ListingPlace | None = None, limit: int = 100) -> list[str]:
    """Give the identifiers of a page."""
    async with store.reading() as tx:
        return [each.conversation.id for each in await tx.summaries(user_id, after, limit)]


async def test_latest_activity_comes_first(chat: Chat) -> None:
    """Conversations are listed by their last message or creation, with that message and what is unread."""
    await chat.people("ann", "bob")
    old, quiet, busy = [await chat.group("ann", "bob") for _ in range(3)]
    await chat.group("bob")
    await chat.say("bob", busy)
    last = await chat.say("bob", old, "latest")
    async with chat.store.reading() as tx:
        page = await tx.summaries("ann", None, 10)
        conversation = await tx.conversation(old)
        assert await tx.summary(old, "ann") == page[0]
        assert await tx.summary(old, "eve") is None
        assert await tx.summary("c0", "ann") is None
    assert [each.conversation.id for each in page] == [old, busy, quiet]
    assert page[0].conversation == conversation
    assert [each.last_message and each.last_message.content for each in page] == ["latest", "hello", None]
    assert [each.unread for each in page] == [1, 1, 0]
    await chat.messages.delete(caller("bob"), last.id)
    async with chat.store.reading() as tx:
        after = await tx.summaries("ann", None, 1)
    assert after[0].last_message is not None
    assert after[0].last_message.deleted
    assert after[0].unread == 0


async def test_paging_is_stable_while_conversations_move(chat: Chat) -> None:
    """Pages neither repeat nor miss a conversation that is left alone, also with equal times and new activity."""
    await chat.people("ann")
    ids = [await chat.group("ann") for _ in range(4)]
    # Of one moment: the identifier decides.
    chat.clock.advance(seconds=-2)
    for _ in range(3):
        ids.append(await chat.group("ann"))
        chat.clock.advance(seconds=-1)
    whole = await listed(chat.store, "ann")
    assert sorted(whole) == sorted(ids)
    seen: list[str] = []
    place = None
    for _ in range(len(whole)):
        async with chat.store.reading() as tx:
            page = await tx.summaries("ann", place, 2)
        if not page:
            break
        seen += [each.conversation.id for each in page]
        last = page[-1].conversation
        place = ListingPlace(last.active_at, last.id)
        chat.clock.advance(hours=1)
        await chat.say("ann", whole[0])
        await chat.group("ann")
    assert seen == whole


async def test_page_takes_the_same_number_of_queries_whatever_its_length(chat: Chat) -> None:
    """A page of ten asks the database as often as a page of one."""
    await chat.people("ann", "bob")
    for _ in range(10):
        await chat.say("bob", await chat.group("ann", "bob"))
    counts = []
    for limit in (1, 10):
        with statements() as seen:
            assert len(await listed(chat.store, "ann", limit=limit)) == limit
        counts.append(len([sql for sql, _ in seen if sql.lstrip().startswith("SELECT")]))
    assert counts[0] == counts[1]
    assert 0 < counts[0] <= 5


async def test_nobody_has_an_empty_listing(store: Store) -> None:
    """A user who is in no conversation gets an empty page."""
    assert await listed(store, "nobody") == []


async def create(chat: Chat, owner: str, *, public: bool) -> str:
    """Create a group of one, a second after what was before."""
    chat.clock.advance(seconds=1)
    command = CreateConversation(type=ConversationType.GROUP, user_ids=(), public=public)
    conversation, _ = await chat.conversations.create(caller(owner), command)
    return conversation.id


async def rooms(store: Store, user_id: str, limit: int = 100) -> list[str]:
    """Give the identifiers of somebody's rooms, all of which must be as a reader of each finds them."""
    async with store.reading() as tx:
        found = await tx.rooms(user_id, limit)
        assert [await tx.conversation(each.id) for each in found] == list(found)
    return [each.id for each in found]


async def test_rooms_are_ones_own_and_the_public_ones(chat: Chat) -> None:
    """Each once, also one's own public one, the latest activity first; what is private of others is not there."""
    await chat.people("ann", "bob", "eve")
    own, public_of_ann, public_of_bob, private_of_bob = [
        await create(chat, owner, public=public)
        for owner, public in [("ann", False), ("ann", True), ("bob", True), ("bob", False)]
    ]
    direct = await chat.direct("ann", "bob")
    assert await rooms(chat.store, "ann") == [direct, public_of_bob, public_of_ann, own]
    assert await rooms(chat.store, "eve") == [public_of_bob, public_of_ann]
    assert await rooms(chat.store, "nobody") == [public_of_bob, public_of_ann]
    await chat.say("ann", own)
    await chat.say("bob", private_of_bob)
    assert await rooms(chat.store, "ann", 3) == [own, direct, public_of_bob]
    assert await rooms(chat.store, "bob", 1) == [private_of_bob]


async def test_rooms_of_one_moment_have_an_order(chat: Chat) -> None:
    """The identifier decides, so that two readings agree."""
    await chat.people("ann")
    ids = []
    for public in (True, False) * 3:
        ids.append(await create(chat, "ann", public=public))
        chat.clock.advance(seconds=-1)
    assert await rooms(chat.store, "ann") == sorted(ids, reverse=True)
    assert await rooms(chat.store, "ann", 2) == sorted(ids, reverse=True)[:2]


async def test_rooms_take_the_same_number_of_queries_whatever_their_number(chat: Chat) -> None:
    """Ten rooms ask the database as often as one, and without any it is asked once."""
    await chat.people("ann", "bob")
    for number in range(10):
        await create(chat, "bob", public=number > 4)
    counts = []
    for user_id, limit in (("bob", 1), ("bob", 10)):
        with statements() as seen:
            async with chat.store.reading() as tx:
                assert len(await tx.rooms(user_id, limit)) == limit
        counts.append(len([sql for sql, _ in seen if sql.lstrip().startswith("SELECT")]))
    assert counts == [3, 3]


async def test_private_conversations_of_others_are_not_looked_at(chat: Chat) -> None:
    """Rooms are found by the index of what is public and by that of who is where."""
    with statements() as seen:
        assert await rooms(chat.store, "ann") == []
    ((statement, parameters),) = [each for each in seen if " UNION " in each[0]]
    async with chat.store.reading() as tx:
        connection = tx._connection  # type: ignore[attr-defined]
        if connection.dialect.name == "sqlite":
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        else:
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        shown = str(plan.all())
    assert "ix_conversations_public_id" in shown
    assert "Seq Scan" not in shown
    assert "SCAN participants" not in shown
