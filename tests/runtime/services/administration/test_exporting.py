"""What archives hold."""

import json
from collections import defaultdict
from typing import Any

import pytest
from doubles.chat import Chat, caller

from palaver_runtime.adapters.sql import archive as records
from palaver_runtime.admin_ports import Person
from palaver_runtime.services.administration.archive import Tally

PASSWORD = "correct horse battery"


async def exported(chat: Chat, of: Person | None = None) -> tuple[dict[str, Any], dict[str, list[Any]], dict[str, Any]]:
    """Give the header, the records by noun, and the end of an archive."""
    lines = [json.loads(line) async for line in chat.exporting.lines(of)]
    found = defaultdict(list)
    for line in lines[1:-1]:
        ((noun, record),) = line.items()
        found[noun].append(record)
    return lines[0], dict(found), lines[-1]["end"]


async def populated(chat: Chat) -> tuple[str, str, str]:
    """Let alice and bob talk; give alice, their group, and one that alice has left."""
    alice = (await chat.accounts.register("alice", PASSWORD, "Alice")).user.id
    await chat.people("bob", "eve")
    group, left = await chat.group("bob", alice), await chat.group("bob", alice)
    await chat.group("bob", "eve")
    first = await chat.say(alice, group, "mine")
    await chat.say("bob", group, "bob's")
    await chat.say(alice, left, "mine, left")
    await chat.receipts.mark(caller(alice), group, first.id)
    await chat.conversations.leave(caller(alice), left)
    return alice, group, left


async def test_server_is_whole(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every record of every noun is there, however many pages it takes, with what clients go on from."""
    monkeypatch.setattr(records, "PAGE", 1)
    alice, group, _ = await populated(chat)
    done: list[int] = []
    tally = Tally()
    lines = [line async for line in chat.exporting.lines(tally=tally, progress=lambda _what, count: done.append(count))]
    header, found, end = await exported(chat)
    assert len(lines) == tally.total + 2
    assert done == [tally.total]
    assert header == {
        "palaver_archive": 1,
        "of": "server",
        "made_at": chat.clock.now().isoformat(timespec="milliseconds"),
        "program": "1.2.3",
    }
    assert end["records"] == {noun: len(each) for noun, each in found.items()}
    assert {each["id"] for each in found["user"]} == {alice, "bob", "eve"}
    assert {each["content"] for each in found["message"]} == {"mine", "bob's", "mine, left"}
    assert len(found["conversation"]) == 3
    assert [each["password_hash"] for each in found["user"] if each["id"] == alice] == [f"plain:{PASSWORD}"]
    assert len(found["refresh_token"]) == len(found["session"]) == 1
    assert {each["kind"] for each in found["change"]} == {"conversation.created", "participant.removed"}
    (mark,) = [each for each in found["participant"] if (each["conversation_id"], each["user_id"]) == (group, alice)]
    assert mark["read_sequence"] == 1


async def test_user_gets_what_is_theirs(chat: Chat) -> None:
    """Profile, sessions, conversations with receipts, every message of theirs; nothing secret, and none of others."""
    alice, group, left = await populated(chat)
    header, found, _ = await exported(chat, Person(alice))
    assert (header["of"], header["user_id"], header["whole"]) == ("user", alice, False)
    assert {each["id"] for each in found["user"]} == {alice, "bob"}
    assert [each["id"] for each in found["conversation"]] == [group]
    assert {each["user_id"] for each in found["participant"]} == {alice, "bob"}
    assert {(each["conversation_id"], each["content"]) for each in found["message"]} == {
        (group, "mine"),
        (left, "mine, left"),
    }
    assert len(found["session"]) == 1
    assert "refresh_token" not in found
    assert "plain:" not in json.dumps(found)
    assert all("password_hash" not in each for each in found["user"])


async def test_user_can_get_whole_conversations(chat: Chat) -> None:
    """What others said in the conversations that the user is in, and in no other."""
    alice, _, _ = await populated(chat)
    await chat.say("bob", await chat.group("bob", "eve"), "not for alice")
    _, found, _ = await exported(chat, Person(alice, whole=True))
    assert {each["content"] for each in found["message"]} == {"mine", "bob's", "mine, left"}


async def test_archive_is_of_one_moment(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said while it is written is not in it, not even in part."""
    monkeypatch.setattr(records, "PAGE", 1)
    _, group, _ = await populated(chat)
    lines = chat.exporting.lines()
    found = [await anext(lines), await anext(lines)]
    await chat.say("bob", group, "too late")
    found += [line async for line in lines]
    assert b"too late" not in b"".join(found)
    (conversation,) = [json.loads(each)["conversation"] for each in found if f'"id":"{group}"'.encode() in each]
    assert conversation["sequence"] == 2
