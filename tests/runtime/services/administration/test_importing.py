"""Archives are read whole or not at all, from either database into either."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from doubles.chat import Chat, caller

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.admin_ports import Person
from palaver_runtime.domain.commands import Synchronise
from palaver_runtime.services.administration.archive import ArchiveRefused, Tally, written
from palaver_runtime.services.administration.importing import ImportService

PASSWORD = "correct horse battery"


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[Chat]:
    """Another server, on an empty database."""
    store = SqlStore(f"sqlite:///{tmp_path}/elsewhere.db")
    await store.start()
    chat = Chat(store)
    yield chat
    await chat.close()
    await store.close()


async def lines(chat: Chat, of: Person | None = None) -> list[bytes]:
    """Give an archive."""
    return [line async for line in chat.exporting.lines(of)]


async def populated(chat: Chat) -> str:
    """Let alice and bob talk; give their group."""
    alice = (await chat.accounts.register("alice", PASSWORD, "Älice 😀")).user.id
    await chat.people("bob", "eve")
    group = await chat.group("bob", alice)
    await chat.direct("bob", alice)
    first = await chat.say(alice, group, "line\nbreak \u2028")
    await chat.messages.edit(caller(alice), first.id, "edited")
    await chat.say("bob", group, "second", client_id="k", reply_to=first.id)
    await chat.receipts.mark(caller("bob"), group, first.id)
    await chat.users.delete("eve")
    return group


def sealed(records: list[bytes], change: Callable[[list[Any]], None]) -> list[bytes]:
    """Change an archive and seal it again."""
    parsed = [json.loads(line) for line in records[:-1]]
    change(parsed)
    tally = Tally()
    for each in parsed:
        tally.take(written(each))
    end = tally.end() | {"records": json.loads(records[-1])["end"]["records"]}
    return [*map(written, parsed), written({"end": end})]


async def test_clients_go_on_from_where_they_are(chat: Chat, elsewhere: Chat) -> None:
    """An archive of what was imported is the same to the byte; tokens, retries and synchronisation work on."""
    group = await populated(chat)
    signed_in = await chat.accounts.login("alice", PASSWORD)
    before = await lines(chat)
    imported = await ImportService(elsewhere.store).read(before)
    elsewhere.clock.advance(seconds=(chat.clock.now() - elsewhere.clock.now()).total_seconds())
    assert await lines(elsewhere) == before
    assert imported.tally.total == len(before) - 2
    me = await elsewhere.accounts.authenticate(signed_in.access_token)
    await elsewhere.accounts.refresh(signed_in.refresh_token)
    messages, _ = await chat.messages.history(caller("bob"), group, limit=10)
    again = await elsewhere.say("bob", group, "second", client_id="k")
    assert again.id == messages[-1].id
    missed = await elsewhere.messages.synchronise(
        me, Synchronise(conversation_id=group, last_message_id=messages[0].id, revision=None, limit=10)
    )
    assert [each.id for each in missed.messages] == [messages[-1].id]
    assert [each.content for each in missed.changed] == ["edited"]
    said = await elsewhere.say("bob", group, "third")
    assert (said.sequence, said.revision) == (messages[-1].sequence + 1, missed.revision + 1)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda found: found[:-1], "ends here, before its last line"),
        (lambda found: [*found[:-1], found[-1][:-1]], "the line is cut off"),
        (lambda found: [*found[:-2], found[-1]], "there are to be"),
        (lambda found: [each.replace(b"second", b"secund") for each in found], "the digest is another one"),
        (lambda found: [*found, b"{}\n"], "something follows the last line"),
        (lambda found: [found[0], b"nonsense\n", *found[1:]], "line 2: this is no JSON object"),
        (lambda found: [found[0], b'{"user":{},"a":1}\n'], "a line has one record"),
        (lambda found: [found[0], b'{"spaceship":{}}\n'], "no record of the kind 'spaceship'"),
        (lambda found: [found[0], b'{"user":[]}\n'], "the record is no object"),
        (lambda found: [found[0], *found[-3:-1], found[1]], "stands after"),
        (lambda _found: [b'{"a":1}\n'], "no archive of palaver's"),
        (lambda _found: [b'{"palaver_archive":2}\n'], "of format 2, and this version reads 1"),
        (lambda _found: [], "ends here"),
    ],
)
async def test_what_is_damaged_is_refused_whole(
    chat: Chat, elsewhere: Chat, damage: Callable[[list[bytes]], list[bytes]], reason: str
) -> None:
    """Nothing of it is kept, and the reason says where."""
    await populated(chat)
    with pytest.raises(ArchiveRefused, match=reason) as refused:
        await ImportService(elsewhere.store).read(damage(await lines(chat)))
    assert refused.value.remedy
    async with elsewhere.store.reading() as tx:
        assert await tx.is_empty()


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("created_at", "yesterday", "no moment"),
        ("created_at", "2026-01-01T00:00:00", "no time zone"),
        ("created_at", None, "is null"),
        ("id", 5, "no text"),
        ("id", "a\0", "no database holds"),
        ("nickname", "x", "there is no field 'nickname'"),
    ],
)
async def test_record_that_is_none_is_refused(
    chat: Chat, elsewhere: Chat, field: str, value: object, reason: str
) -> None:
    """Also in an archive that somebody has sealed again."""
    await populated(chat)

    def change(parsed: list[Any]) -> None:
        parsed[1]["user"][field] = value

    with pytest.raises(ArchiveRefused, match=reason):
        await ImportService(elsewhere.store).read(sealed(await lines(chat), change))


async def test_record_without_what_it_belongs_to_is_refused(chat: Chat, elsewhere: Chat) -> None:
    """A message of a conversation that is nowhere."""
    await populated(chat)

    def change(parsed: list[Any]) -> None:
        for each in parsed:
            if "message" in each:
                each["message"]["conversation_id"] = "f" * 24

    with pytest.raises(ArchiveRefused, match="belongs to something that is not in the archive"):
        await ImportService(elsewhere.store).read(sealed(await lines(chat), change))


async def test_dry_run_keeps_nothing(chat: Chat, elsewhere: Chat) -> None:
    """It reads all of it and says the same."""
    await populated(chat)
    found = await lines(chat)
    imported = await ImportService(elsewhere.store).read(found, dry_run=True)
    assert imported.tally.total == len(found) - 2
    async with elsewhere.store.reading() as tx:
        assert await tx.is_empty()


async def test_merging_leaves_what_is_there(chat: Chat, elsewhere: Chat) -> None:
    """Without `merge` a database that is not empty is refused; with it, what is new comes, and what was there stays."""
    group = await populated(chat)
    found = await lines(chat)
    service = ImportService(elsewhere.store)
    await service.read(found)
    with pytest.raises(ArchiveRefused, match="users or conversations in the database"):
        await service.read(found)
    await elsewhere.say("bob", group, "only elsewhere")
    await chat.people("fay")
    new = await chat.group("bob", "fay")
    await chat.say("bob", new)
    imported = await service.read(await lines(chat), merge=True)
    assert (imported.users_there, imported.conversations_there) == (3, 2)
    messages, _ = await elsewhere.messages.history(caller("bob"), group, limit=10)
    assert [each.content for each in messages] == ["edited", "second", "only elsewhere"]
    assert len((await elsewhere.messages.history(caller("fay"), new, limit=10))[0]) == 1


async def test_merging_refuses_a_name_that_is_anothers(chat: Chat, elsewhere: Chat) -> None:
    """Or messages would be of nobody."""
    await populated(chat)
    await elsewhere.accounts.register("ALICE", PASSWORD, None)
    with pytest.raises(ArchiveRefused, match="the name 'alice' is another user's"):
        await ImportService(elsewhere.store).read(await lines(chat), merge=True)


async def test_user_moves_with_whole_conversations(chat: Chat, elsewhere: Chat) -> None:
    """Conversations come whole; what the user said elsewhere is counted; without whole conversations it is refused."""
    group = await populated(chat)
    alice = (await chat.users.find("alice")).id
    left = await chat.group("bob", alice)
    await chat.say(alice, left)
    await chat.conversations.leave(caller(alice), left)
    service = ImportService(elsewhere.store)
    with pytest.raises(ArchiveRefused, match="own messages alone"):
        await service.read(await lines(chat, Person(alice)))
    imported = await service.read(await lines(chat, Person(alice, whole=True)))
    assert imported.foreign_messages == 1
    messages, _ = await elsewhere.messages.history(caller("bob"), group, limit=10)
    assert [each.content for each in messages] == ["edited", "second"]
    assert [each async for each in elsewhere.sessions.listing()] == []
