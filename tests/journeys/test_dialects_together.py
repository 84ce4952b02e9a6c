"""One account, one conversation, one message sequence: clients of every dialect talk to each other."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from servers.all_dialects import SECRET
from servers.palaver import Server

from palaver_conformance.contract import sources
from palaver_conformance.evidence.coverage import Coverage
from palaver_conformance.evidence.oracle import Oracle
from palaver_conformance.evidence.trace import Trace
from palaver_conformance.facts import Facts
from palaver_conformance.people.accounts import newcomer
from palaver_conformance.people.actor import Actor
from palaver_conformance.setting import Setting
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing

TIMING = Timing(3.0)
EACH = 5


@pytest.fixture
async def people(all_dialects: Server) -> AsyncIterator[dict[str, Actor]]:
    """A user of each dialect, connected to that server; in the end no frame has broken a document."""
    async with AsyncExitStack() as stack:
        assert all_dialects.grpc is not None
        found: dict[str, Actor] = {}
        for name in sources.known():
            contract = sources.load(name)
            grpc = (all_dialects.grpc,) if contract.calls is not None else ()
            subject = Subject((f"{all_dialects.url}/{name}",), contract, TIMING, SECRET, None, grpc)
            stack.push_async_callback(subject.close)
            setting = Setting(subject, contract, Oracle(contract, Coverage(contract)), Trace(), TIMING)
            found[name] = await newcomer(f"user-of-{name}", setting)
            stack.push_async_callback(found[name].disconnect)
            await found[name].connect()
        yield found
        assert {name: actor.setting.oracle.violations for name, actor in found.items()} == {name: [] for name in found}


@pytest.fixture
async def room(people: dict[str, Actor]) -> Facts:
    """A group of everybody, made by the one whose dialect can; the others enter it where that is needed."""
    owner, *others = sorted(people.values(), key=lambda each: not each.setting.contract.has("account.register"))
    made = await owner.create(*others)
    for person in people.values():
        await person.inhabit(made)
    return Facts({"id": made.id})


async def test_everything_sent_by_any_is_seen_by_all_in_the_same_order(people: dict[str, Actor], room: Facts) -> None:
    """Five users, each in a dialect of their own, talk at once: everybody receives all of it, once, in one order."""
    sent = await asyncio.gather(*(_talk(person, room) for person in people.values()))
    contents = {content for each in sent for content in each}
    heard = {name: await _heard(person, room, len(contents)) for name, person in people.items()}
    orders = {name: [message.content for message in messages] for name, messages in heard.items()}
    (order, *others) = orders.values()
    assert len(order) == len(contents) == len(people) * EACH
    assert set(order) == contents
    assert others == [order] * (len(people) - 1)
    for own in sent:
        assert [content for content in order if content in own] == own
    ids = {tuple(message.id for message in messages) for messages in heard.values()}
    assert len(ids) == 1


async def test_histories_agree(people: dict[str, Actor], room: Facts) -> None:
    """What was said, edited and deleted in one dialect is in the history of every other as it now is."""
    editor = next(each for each in people.values() if each.setting.contract.has("message.edit"))
    kept, edited, deleted = [await editor.send(room, content) for content in ("kept", "first", "gone")]
    await editor.edit(edited, "second")
    await editor.delete(deleted)
    for name, person in people.items():
        if not person.setting.contract.has("message.history"):
            continue
        found = (await person.history(room)).many("messages")
        assert [each.id for each in found] == [kept.id, edited.id, deleted.id], name
        assert [each.content for each in found] == ["kept", "second", ""], name


async def test_typing_is_told_where_there_is_a_word_for_it(people: dict[str, Actor], room: Facts) -> None:
    """Whoever types in one dialect is seen typing in every other that can say so, and not by themselves."""
    able = {name: each for name, each in people.items() if each.setting.contract.has("typing.start")}
    assert len(able) >= 4
    for person in able.values():
        await person.type(room)
        for other in people.values():
            if other is not person and other.setting.contract.has("typing.changed"):
                await other.expect("typing.changed", {"conversation": room.id, "user": person.user, "active": True})
        await person.stop_typing(room)


async def test_receipts_are_told_where_there_is_a_word_for_them(people: dict[str, Actor], room: Facts) -> None:
    """Whoever reads in one dialect has read for every other: they are told, and the counts agree."""
    readers = [each for each in people.values() if each.setting.contract.has("receipt.mark")]
    told = [each for each in people.values() if each.setting.contract.has("receipt.read")]
    assert len(readers) >= 4
    assert len(told) >= 3
    sender = next(each for each in people.values() if each not in readers)
    message = await _seen(readers[0], await sender.send(room, "read this"))
    for reader in readers:
        assert await reader.unread(room) == 1
        await reader.mark_read(room, message)
        assert await reader.unread(room) == 0
        for other in told:
            where = {"conversation": room.id, "user": reader.user, "message": message.id, "sequence": message.sequence}
            await other.expect("receipt.read", where)


async def test_presence_is_told_where_there_is_a_word_for_it(people: dict[str, Actor], room: Facts) -> None:
    """Whoever goes offline in one dialect is offline for every other that can say so."""
    watchers = [each for each in people.values() if each.setting.contract.has("presence.offline")]
    assert len(watchers) >= 3
    leaver = next(each for each in people.values() if each not in watchers)
    await leaver.device.close()
    for watcher in watchers:
        await watcher.expect("presence.offline", {"user": leaver.user}, patience=TIMING.expiry)


async def test_one_account_uses_two_dialects(people: dict[str, Actor], room: Facts) -> None:
    """The same user connected in another dialect hears the same there, also what they say themselves."""
    one, two = [each for each in people.values() if each.setting.contract.has("message.send@http")][:2]
    twin = Actor("twin", two.setting, one.account)
    await twin.connect()
    await twin.inhabit(room)
    sent = await one.send(room, "from here")
    heard = await twin.expect("message.created", {"message.id": sent.id})
    assert heard.facts.facts("message").ident("sender") == one.user
    await twin.disconnect()


async def test_what_happens_is_counted_for_each_dialect(
    all_dialects: Server, people: dict[str, Actor], room: Facts
) -> None:
    """Connections, events, requests, calls, commits and deliveries are counted, by dialect, when they happen."""
    before = await _figures(all_dialects)

    def more(name: str, **labels: str) -> float:
        return _sum(after, name, labels) - _sum(before, name, labels)

    for person in people.values():
        await person.send(room, "counted")
    await asyncio.gather(*(_heard(person, room, len(people)) for person in people.values()))
    caller = next(each for each in people.values() if each.setting.contract.calls is not None)
    await caller.perform("message.send", {"conversation": room.id, "content": "called"}, via="grpc")
    asker = next(each for each in people.values() if each.setting.contract.has("message.history@http"))
    await asker.perform("message.history", {"conversation": room.id}, via="http")
    async with httpx.AsyncClient() as client:
        await client.get(f"{all_dialects.url}/{asker.setting.contract.name}/no/such/path")
        polled = await client.get(
            f"{all_dialects.url}/{caller.setting.contract.name}/socket.io/?EIO=4&transport=polling"
        )
        assert polled.status_code == 200
    after = await _figures(all_dialects)
    for name in people:
        assert more("palaver_events_total", dialect=name, result="ok") >= 1, name
        assert more("palaver_event_seconds_count", dialect=name) >= 1, name
        # Everybody hears what everybody says.
        assert more("palaver_delivery_seconds_count", dialect=name) >= len(people), name
        assert _sum(after, "palaver_connections", {"dialect": name, "transport": "websocket"}) >= 1, name
    polling = {"dialect": caller.setting.contract.name, "transport": "polling"}
    assert more("palaver_connections_opened_total", **polling) == more("palaver_connections", **polling) == 1
    assert more("palaver_calls_total", dialect=caller.setting.contract.name, result="ok") >= 1
    assert more("palaver_requests_total", dialect=asker.setting.contract.name, status="200") >= 1
    unknown = {"dialect": asker.setting.contract.name, "operation": "unknown", "status": "404"}
    assert more("palaver_requests_total", **unknown) == 1
    assert more("palaver_commit_seconds_count") >= 1
    assert more("palaver_batch_messages_sum") >= len(people) + 1
    assert _sum(after, "palaver_connections_ready", {}) >= len(people)
    assert _sum(after, "palaver_sign_ins_total", {"kind": "token", "result": "ok"}) >= len(people)
    await people[caller.setting.contract.name].device.close()
    async with asyncio.timeout(TIMING.expiry):
        while more("palaver_connections_closed_total", dialect=caller.setting.contract.name) < 1:
            after = await _figures(all_dialects)


async def _figures(server: Server) -> list[Sample]:
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{server.url}/metrics")).text
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def _sum(samples: Sequence[Sample], name: str, labels: Mapping[str, str]) -> float:
    return sum(each.value for each in samples if each.name == name and labels.items() <= each.labels.items())


async def _talk(person: Actor, room: Facts) -> list[str]:
    contents = [f"{person.name} {number}" for number in range(EACH)]
    for content in contents:
        await person.send(room, content)
    return contents


async def _heard(person: Actor, room: Facts, count: int) -> Sequence[Facts]:
    """Return the messages of the room that a person has received, once there are as many."""
    where = {"message.conversation": room.id}
    for _ in range(count):
        await person.expect("message.created", where)
    await person.alive()
    return [event.facts.facts("message") for event in person.device.received("message.created", where)]


async def _seen(person: Actor, message: Facts) -> Facts:
    """Return a message as a person has received it."""
    return (await person.expect("message.created", {"message.id": message.id})).facts.facts("message")
