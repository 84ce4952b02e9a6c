"""Listings of conversations."""

from collections.abc import Iterator
from contextlib import contextmanager

from doubles.chat import Chat, caller
from sqlalchemy import Engine, event

from palaver_runtime.domain.values import ConversationType
from palaver_runtime.ports import ListingPlace, Store


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that are executed."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
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
        counts.append(len([each for each in seen if each.lstrip().startswith("SELECT")]))
    assert counts[0] == counts[1]
    assert 0 < counts[0] <= 5


async def test_nobody_has_an_empty_listing(store: Store) -> None:
    """A user who is in no conversation gets an empty page."""
    assert await listed(store, "nobody") == []


async def test_listing_of_one_type(chat: Chat) -> None:
    """A page of one type is full of it, whatever lies between."""
    await chat.people("ann", "bob", "eve")
    direct = [await chat.direct("ann", "bob")]
    groups = [await chat.group("ann"), await chat.group("ann")]
    direct.insert(0, await chat.direct("ann", "eve"))
    async with chat.store.reading() as tx:
        assert [each.conversation.id for each in await tx.summaries("ann", None, 2, ConversationType.DIRECT)] == direct
        assert [each.conversation.id for each in await tx.summaries("ann", None, 9, ConversationType.GROUP)] == groups[
            ::-1
        ]
