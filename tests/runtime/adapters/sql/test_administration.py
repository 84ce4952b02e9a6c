"""What those who look after a server read and change, on every database."""

from datetime import UTC, datetime, timedelta

from doubles.chat import Chat, caller

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.domain.values import User

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


async def test_users_and_names(store: SqlStore) -> None:
    """Users come by identifier; a name is found in any case, changed, refused when it is another's, and forgotten."""
    async with store.writing() as tx:
        for user_id in ("c", "a", "b"):
            await tx.add_user(User(id=user_id, name=user_id.upper(), created_at=NOW), "hash")
    async with store.writing() as tx:
        assert [each.id for each in await tx.users("a", 9)] == ["b", "c"]
        assert [each.id for each in await tx.users("", 2)] == ["a", "b"]
        assert await tx.rename_user("a", "Anna", "Ä")
        assert not await tx.rename_user("b", "aNNA", None)
        # What was refused has not spoilt the transaction.
        await tx.set_password("b", "another")
        await tx.anonymise("c", NOW)
    async with store.reading() as tx:
        found = await tx.user_named("ANNA")
        account = await tx.account("b")
        assert found is not None
        assert account is not None
        assert (found.id, found.display_name, account.password_hash) == ("a", "Ä", "another")
        assert await tx.user_named("c") is None
        assert await tx.account("c") is None
        assert [each.id for each in await tx.users("", 9)] == ["a", "b"]
        assert [each.deleted_at for each in await tx.users("", 9, deleted=True)] == [None, None, NOW]
        assert await tx.deleted_users(["a", "c", "z"]) == {"c"}
        assert (await tx.profiles(["a", "c"])).keys() == {"a"}
        assert not await tx.is_empty()


async def test_empty_store_says_so(store: SqlStore) -> None:
    """Before anybody came."""
    async with store.reading() as tx:
        assert await tx.is_empty()


async def test_sessions(chat: Chat) -> None:
    """Live ones are those that have neither ended nor expired; stale ones go with their tokens, so many at once."""
    for name in ("ann", "bob", "cid"):
        await chat.accounts.register(name, "correct horse battery", None)
    now = chat.clock.now()
    async with chat.store.writing() as tx:
        every = await tx.live_sessions(now, "", 9)
        assert len(every) == 3
        assert await tx.live_sessions(now, every[0].id, 1) == every[1:2]
        assert await tx.live_sessions(now, "", 9, user_id=every[2].user_id) == every[2:]
        assert await tx.live_sessions(every[0].expires_at, "", 9) == ()
        await tx.end_session(every[0].id, now)
        await tx.end_session(every[1].id, now)
        assert await tx.live_sessions(now, "", 9) == every[2:]
        assert await tx.count_stale_sessions(now) == 0
        later = now + timedelta(seconds=1)
        assert await tx.count_stale_sessions(later) == 2
        assert [await tx.forget_sessions(later, 1) for _ in range(3)] == [1, 1, 0]
        assert await tx.live_sessions(now, "", 9) == every[2:]


async def test_conversations_and_messages(chat: Chat) -> None:
    """Conversations by identifier, messages counted, found by age and by who sent them, and stripped of everything."""
    await chat.people("ann", "bob")
    groups = sorted([await chat.group("ann"), await chat.group("ann", "bob")])
    direct = await chat.direct("ann", "bob")
    said = [await chat.say("ann", groups[0]) for _ in range(3)]
    async with chat.store.writing() as tx:
        assert await tx.conversation_ids("", 9) == tuple(sorted([*groups, direct]))
        assert direct in await tx.conversation_ids("", 9, user_id="bob")
        assert len(await tx.conversation_ids("", 9, user_id="bob")) == 2
        assert [await tx.count_messages(groups[0], until) for until in (None, 2, 0)] == [3, 2, 0]
        ages = [said[0].created_at, said[1].created_at, said[2].created_at + timedelta(seconds=1)]
        assert [await tx.sequence_before(groups[0], each) for each in ages] == [0, 1, 3]
        assert await tx.sequence_before(groups[1], ages[0]) == 0
        by_id = sorted(each.id for each in said)
        assert [each.id for each in await tx.messages_by("ann", by_id[0], 9)] == by_id[1:]
        assert await tx.messages_by("bob", "", 9) == ()
        await tx.lock(direct)
        await tx.strip_conversation(direct, chat.clock.now())
        assert await tx.forget_changes(direct, 1) == 1
    async with chat.store.reading() as tx:
        assert await tx.direct_conversation("ann", "bob") is None
        stripped = await tx.conversation(direct)
    assert stripped is not None
    assert len(stripped.participants) == 2
    await chat.messages.history(caller("ann"), direct, limit=1)
