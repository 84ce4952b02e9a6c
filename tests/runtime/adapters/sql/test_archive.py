"""Records go from any database into any."""

from pathlib import Path

import pytest
from doubles.chat import Chat, caller

from palaver_runtime.adapters.sql import SqlStore, archive
from palaver_runtime.admin_ports import BadRecord, Noun, Person, Record

PASSWORD = "correct horse battery"


async def everything(store: SqlStore, of: Person | None = None) -> dict[Noun, list[Record]]:
    """Give all records."""
    async with store.reading() as tx:
        return {noun: [each async for each in tx.records(noun, of)] for noun in Noun}


async def test_records_make_the_same_database(
    chat: Chat, store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read and added elsewhere is read there again, to the last value, whatever the databases are."""
    monkeypatch.setattr(archive, "PAGE", 2)
    alice = (await chat.accounts.register("alice", PASSWORD, "Ä 😀")).user.id
    await chat.people("bob", "cid")
    group = await chat.group("bob", alice, "cid")
    await chat.direct("bob", alice)
    await chat.conversations.update(caller("bob"), group, "Name", {"deep": [1, {"a": None}]})
    first = await chat.say(alice, group, client_id="k")
    for _ in range(4):
        await chat.say("bob", group, reply_to=first.id)
    await chat.messages.delete(caller(alice), first.id)
    await chat.conversations.leave(caller("cid"), group)
    before = await everything(store)
    assert {noun: len(each) for noun, each in before.items()} == {
        Noun.USER: 3,
        Noun.SESSION: 1,
        Noun.REFRESH_TOKEN: 1,
        Noun.CONVERSATION: 2,
        Noun.PARTICIPANT: 4,
        Noun.MESSAGE: 5,
        Noun.CHANGE: 5,
    }
    other = SqlStore(f"sqlite:///{tmp_path}/other.db")
    await other.start()
    try:
        async with other.writing() as tx:
            for noun in Noun:
                assert await tx.add_records(noun, before[noun]) == frozenset()
        assert await everything(other) == before
        back = await everything(other, Person("cid"))
        assert [each["id"] for each in back[Noun.USER]] == ["cid"]
        assert back[Noun.MESSAGE] == []
    finally:
        await other.close()
    async with store.writing() as tx:
        assert await tx.add_records(Noun.USER, before[Noun.USER]) == {alice, "bob", "cid"}
        assert len(await tx.add_records(Noun.CONVERSATION, before[Noun.CONVERSATION])) == 2
        assert await tx.add_records(Noun.MESSAGE, before[Noun.MESSAGE]) == frozenset()
    assert await everything(store) == before


async def test_archive_of_an_earlier_version_has_fewer_fields(store: SqlStore) -> None:
    """What has a default, or may be empty, may be missing; all else may not."""
    user = {"id": "ann", "created_at": "2026-01-02T03:04:05.678+00:00"}
    async with store.writing() as tx:
        await tx.add_records(Noun.USER, [user])
        with pytest.raises(BadRecord, match="'created_at' is missing"):
            await tx.add_records(Noun.USER, [{"id": "bob"}])
    async with store.reading() as tx:
        found = [each async for each in tx.records(Noun.USER)]
    assert found == [user | dict.fromkeys(("name", "display_name", "password_hash", "deleted_at"))]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("revision", 2**31, "no whole number"),
        ("revision", -1, "no whole number"),
        ("revision", True, "no whole number"),
        ("public", 1, "neither true nor false"),
        ("id", "f" * 25, "longer than 24"),
        ("name", "\ud83d", "no database holds"),
    ],
)
async def test_value_that_no_column_holds_is_refused(
    chat: Chat, store: SqlStore, field: str, value: object, reason: str
) -> None:
    """On every database alike."""
    await chat.people("ann")
    await chat.group("ann")
    (conversation,) = (await everything(store))[Noun.CONVERSATION]
    async with store.writing() as tx:
        with pytest.raises(BadRecord, match=reason):
            await tx.add_records(Noun.CONVERSATION, [{**conversation, "id": "f" * 24, field: value}])
