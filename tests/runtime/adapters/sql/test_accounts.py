"""Users, sessions and refresh tokens."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.domain.values import (
    UNNAMED,
    Conversation,
    ConversationType,
    Participant,
    Profile,
    Role,
    Session,
    User,
)
from palaver_runtime.ports import Known

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


def user(user_id: str, name: str | None = None) -> User:
    """Give a user."""
    return User(id=user_id, name=name, display_name=name and name.title(), created_at=NOW)


async def begin(store: SqlStore, session_id: str, refresh_hash: str) -> Session:
    """Add a user with a session."""
    session = Session(id=session_id, user_id="ann", created_at=NOW, expires_at=LATER)
    async with store.writing() as tx:
        await tx.add_user(user("ann"))
        await tx.add_session(session, refresh_hash)
    return session


@pytest.mark.parametrize("user_id", ["ann", "a" * 255, "Ünï-😀", "a'b\"c%_\\", " "])
async def test_user_is_kept_whatever_the_identifier(store: SqlStore, user_id: str) -> None:
    """A user comes back as added, for any identifier that a foreign token may bring."""
    async with store.writing() as tx:
        assert await tx.add_user(user(user_id, "ann"))
    async with store.reading() as tx:
        assert await tx.user(user_id) == user(user_id, "ann")
        assert await tx.user(user_id + "x") is None


async def test_taken_identifier_or_name_changes_nothing(store: SqlStore) -> None:
    """A second user of one identifier, or of one name in another case, is not added, and the first stays."""
    async with store.writing() as tx:
        assert await tx.add_user(user("1", "Ann"), "hash")
        assert not await tx.add_user(user("1", "other"))
        assert not await tx.add_user(user("2", "aNN"))
        assert await tx.add_user(user("3"))
        assert await tx.add_user(user("4"))
        assert await tx.user("1") == user("1", "Ann")
        assert await tx.user("2") is None


async def test_account_is_found_without_regard_to_case(store: SqlStore) -> None:
    """An account is found by its name in any case; a user without a password has none."""
    async with store.writing() as tx:
        await tx.add_user(user("1", "Ann"), "hash")
        await tx.add_user(user("2", "Bob"))
        account = await tx.account("ANN")
        assert account is not None
        assert (account.user, account.password_hash) == (user("1", "Ann"), "hash")
        assert await tx.account("bob") is None
        assert await tx.account("nobody") is None


async def test_profiles_are_those_of_the_users_who_are_there(store: SqlStore) -> None:
    """Of however many identifiers, those of somebody come back, each with both names as far as there are any."""
    async with store.writing() as tx:
        await tx.add_user(user("ann", "ann"))
        await tx.add_user(user("bob"))
        many = [str(number) for number in range(2000)]
        assert await tx.profiles(["z", "ann", *many, "bob"]) == {
            "ann": Profile(name="ann", display_name="Ann"),
            "bob": UNNAMED,
        }
        assert await tx.profiles([]) == {}


@pytest.mark.parametrize("number", [0, 1, 300])
async def test_all_that_is_known_of_somebody_is_read_at_once(store: SqlStore, number: int) -> None:
    """The user, the session if it is theirs, and each conversation with its revision, as they are read one by one."""
    session = await begin(store, "s1", "h1")
    command = {"type": ConversationType.GROUP, "name": None, "metadata": {}, "created_by": "ann"}
    times = {"created_at": NOW, "updated_at": NOW, "active_at": NOW}
    async with store.writing() as tx:
        await tx.add_user(user("bob"))
        for each in range(number):
            await tx.add_conversation(
                Conversation(
                    id=f"c{each}",
                    **command,
                    **times,
                    revision=each + 1,
                    sequence=0,
                    participants=(Participant(user_id="ann", role=Role.OWNER, joined_at=NOW),),
                )
            )
    async with store.reading() as tx:
        known = await tx.known("ann", "s1")
        assert known == Known(user=user("ann"), session=session, memberships=await tx.memberships("ann"))
        assert len(known.memberships) == number
        assert await tx.known("ann") == replace(known, session=None)
        assert await tx.known("bob", "s1") == Known(user=user("bob"), session=None, memberships={})
        assert await tx.known("eve", "s1") == Known(user=None, session=None, memberships={})


async def test_session_is_kept_and_ends_once(store: SqlStore) -> None:
    """A session comes back as added; ending it works once and is seen."""
    session = await begin(store, "s1", "h1")
    async with store.writing() as tx:
        assert await tx.session("s1") == session
        assert await tx.session("s2") is None
        assert await tx.end_session("s1", LATER)
        assert not await tx.end_session("s1", NOW)
        assert not await tx.end_session("s2", NOW)
        ended = await tx.session("s1")
    assert ended is not None
    assert ended.ended_at == LATER


async def test_refresh_token_is_good_once(store: SqlStore) -> None:
    """A refresh token is unused once and reused ever after; one that never was is none."""
    await begin(store, "s1", "h1")
    async with store.writing() as tx:
        await tx.add_refresh_token("s1", "h2")
        outcomes = [await tx.redeem(each, NOW) for each in ("h1", "h1", "h2", "h3")]
    assert [each and (each.session_id, each.reused) for each in outcomes] == [
        ("s1", False),
        ("s1", True),
        ("s1", False),
        None,
    ]


async def test_concurrent_redemption_finds_a_token_unused_once(store: SqlStore) -> None:
    """Of ten that redeem one token at the same time, one alone finds it unused."""
    await begin(store, "s1", "h1")

    async def redeem() -> bool:
        async with store.writing() as tx:
            redeemed = await tx.redeem("h1", NOW)
        assert redeemed is not None
        return redeemed.reused

    assert sorted(await asyncio.gather(*(redeem() for _ in range(10)))) == [False] + [True] * 9


async def test_ended_sessions_are_told_from_the_others(store: SqlStore) -> None:
    """Of the sessions asked for, those that have ended: neither open nor unknown ones."""
    for session_id in ("s1", "s2", "s3"):
        await begin(store, session_id, f"hash of {session_id}")
    async with store.writing() as tx:
        for session_id in ("s1", "s2"):
            await tx.end_session(session_id, LATER)
        assert await tx.ended_sessions(["s0", "s1", "s3"]) == {"s1"}
        assert await tx.ended_sessions([]) == frozenset()


async def test_caller_has_the_session_that_is_theirs(store: SqlStore) -> None:
    """A user comes with their own session, ended or not, and with nobody else's; of nobody there is neither."""
    session = await begin(store, "s", "r")
    async with store.writing() as tx:
        await tx.add_user(user("bob"))
    async with store.reading() as tx:
        assert await tx.caller("ann", "s") == (user("ann"), session)
        assert await tx.caller("ann", "x") == (user("ann"), None)
        assert await tx.caller("bob", "s") == (user("bob"), None)
        assert await tx.caller("nobody", "s") == (None, None)
    async with store.writing() as tx:
        await tx.end_session("s", LATER)
        found, ended = await tx.caller("ann", "s")
    assert (found, ended and ended.ended_at) == (user("ann"), LATER)
