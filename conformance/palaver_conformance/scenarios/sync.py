"""Catching up: what was missed, and history."""

from palaver_conformance.errors import NotApplicable
from palaver_conformance.expectation import ensure, equal, once, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

_SYNC = ("message.sync", "message.send")
_HISTORY = ("message.history", "message.send")
_RETURNS = 3


@scenario(
    "sync.reconnect.missed",
    case="G16",
    source="Phase 4 guide, Test 16",
    needs=(*_SYNC, "message.edit", "message.delete"),
)
async def a_reconnected_client_gets_exactly_what_it_missed(alice: Actor, bob: Actor, room: Facts) -> None:
    """Reconnect, emit 'messages:sync' with last known message ID: response with all missed messages."""
    early = await alice.send(room, "to be edited")
    doomed = await alice.send(room, "to be deleted")
    untouched = await alice.send(room, "untouched")
    stand = (await bob.sync(room, after=untouched)).number("revision")
    await bob.device.close()
    missed = [await alice.send(room, f"missed {number}") for number in range(3)]
    edited = await alice.edit(early, "edited while away")
    await alice.delete(doomed)
    later = await alice.edit(missed[1], "missed and edited")
    device = await bob.connect()
    for revision in (None, stand):
        answer = await bob.sync(room, after=untouched, revision=revision, on=device)
        equal(answer.many("messages"), [missed[0], later, missed[2]], "the missed messages")
        changed = answer.many("changed")
        equal([each.id for each in changed], [early.id, doomed.id], "the messages that changed")
        equal(changed[0], edited, "the edited message")
        equal((changed[1].flag("deleted"), changed[1].content), (True, ""), "the deleted message")
        ensure(not answer.flag("has_more"), "nothing more to fetch", answer)
    again = await bob.sync(room, after=missed[2], revision=answer.number("revision"), on=device)
    equal((again.many("messages"), again.many("changed")), ([], []), "what a second sync returns")


@scenario(
    "sync.reconnect.history",
    source="Phase 03: Real-time Messaging Foundation, Non-Functional: reconnection with message sync",
    needs=(*_HISTORY, "message.created"),
)
async def a_reconnected_client_finds_what_it_missed_in_the_history(alice: Actor, bob: Actor, room: Facts) -> None:
    """Reconnection syncs missed messages: the history has each of them once, in order, and live ones follow."""
    known = await alice.send(room, "known")
    await bob.expect("message.created", {"message.id": known.id})
    await bob.device.close()
    missed = [await alice.send(room, f"missed {number}") for number in range(3)]
    device = await bob.connect()
    if "after" in bob.setting.contract.operation("message.history").fields:
        found = (await bob.history(room, after=known)).many("messages")
    else:
        page = (await bob.history(room)).many("messages")
        equal(page[0], known, "the message that is known")
        found = page[1:]
    equal(found, missed, "the missed messages")
    live = await alice.send(room, "live")
    await device.expect("message.created", {"message.id": live.id})
    equal(len(device.received("message.created")), 1, "the messages that arrive live")


@scenario(
    "sync.reconnect.again",
    source="Phase 03: Real-time Messaging Foundation, Non-Functional: reconnection with message sync",
    needs=("message.send", "message.created"),
)
async def who_comes_back_again_and_again_hears_once(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """Nothing is left of earlier connections: after each reconnect everything arrives once."""
    for number in range(_RETURNS):
        await bob.devices[-1].close()
        device = await bob.connect()
        sent = await alice.send(room, f"after {number + 1} reconnects")
        await device.expect("message.created", {"message.id": sent.id})
        await stage.fence(alice, bob, room=room)
        once((device,), "message.created", {"message.id": sent.id})


@scenario("sync.reconnect.pages", case="G16", source="events document, syncMessages", needs=_SYNC)
async def catching_up_comes_in_pages(alice: Actor, room: Facts) -> None:
    """While `hasMore` is true, ask again with the last message's id and the `revision` of the answer."""
    sent = [await alice.send(room, f"message {number}") for number in range(6)]
    await alice.perform("message.edit", {"id": sent[0].id, "content": "changed early"})
    await alice.perform("message.edit", {"id": sent[4].id, "content": "changed late"})
    known = {sent[0].id: sent[0].content}
    last, revision = sent[0], sent[0].number("revision")
    order: list[int] = []
    for _ in range(12):
        answer = await alice.sync(room, after=last, revision=revision, limit=2)
        page = answer.many("messages")
        ensure(len(page) <= 2, "at most two messages in a page of two", page)
        for message in (*page, *answer.many("changed")):
            known[message.id] = message.content
        order += [message.sequence for message in page]
        last, revision = page[-1] if page else last, answer.number("revision")
        if not answer.flag("has_more"):
            break
    ensure(not answer.flag("has_more"), "the pages to come to an end", answer)
    equal(order, [2, 3, 4, 5, 6], "the missed messages, in order and once each")
    now = {message.id: message.content for message in (await alice.history(room)).many("messages")}
    equal(known, now, "what the client knows after catching up")


@scenario("sync.nothing.missed", source="events document, syncMessages", needs=_SYNC)
async def who_missed_nothing_gets_nothing(alice: Actor, room: Facts) -> None:
    """Returns the messages after `lastMessageId` (from the beginning when it is absent)."""
    equal((await alice.sync(room)).many("messages"), [], "the messages of an empty conversation")
    sent = [await alice.send(room, f"message {number}") for number in range(2)]
    equal((await alice.sync(room)).many("messages"), sent, "the messages from the beginning")
    answer = await alice.sync(room, after=sent[1])
    equal((answer.many("messages"), answer.many("changed")), ([], []), "what was missed")
    ensure(not answer.flag("has_more"), "nothing more to fetch", answer)


@scenario("sync.cursor.unknown", source="error catalogue, NOT_FOUND", needs=_SYNC)
async def an_unknown_last_message_is_not_found(alice: Actor, bob: Actor, room: Facts) -> None:
    """The message does not exist, or belongs to another conversation: NOT_FOUND."""
    elsewhere = await alice.send(await alice.create(bob), "elsewhere")
    await refused(bob.sync(room, after=Facts({"id": "0" * 24})), "NOT_FOUND")
    await refused(bob.sync(room, after=elsewhere), "NOT_FOUND")
    values = {"conversation": room.id, "last_message": "not an id"}
    await refused(bob.attempt("message.sync", values), "VALIDATION_ERROR")


@scenario("sync.history.pages", source="REST document, listMessages", needs=_HISTORY)
async def history_comes_in_pages(alice: Actor, room: Facts) -> None:
    """The newest messages, or those before or after a message, always in ascending order of their sequence."""
    await _backwards(alice, room, sent := [await alice.send(room, f"message {number}") for number in range(6)])
    after = await alice.history(room, after=sent[1], limit=2)
    equal((after.many("messages"), after.flag("has_more")), (sent[2:4], True), "those after the second")
    end = await alice.history(room, after=sent[3], limit=2)
    equal((end.many("messages"), end.flag("has_more")), (sent[4:], False), "those after the fourth")
    both = {"conversation": room.id, "before": sent[4].id, "after": sent[1].id}
    await refused(alice.attempt("message.history", both), "VALIDATION_ERROR")
    await refused(alice.history(room, before=Facts({"id": "0" * 24})), "NOT_FOUND")


@scenario("sync.history.backwards", source="REST documents, history", needs=_HISTORY)
async def history_is_read_backwards(alice: Actor, room: Facts) -> None:
    """The newest messages, or those before a message, in ascending order, with a hint whether there are more."""
    await _backwards(alice, room, [await alice.send(room, f"message {number}") for number in range(6)])


@scenario("sync.history.numbered", source="AetherConnect Phase 4, getMessageHistory", needs=_HISTORY)
async def history_comes_in_numbered_pages(alice: Actor, room: Facts) -> None:
    """Page 1 holds the newest messages; each page in ascending order; with the number of messages and pages."""
    if "page" not in alice.setting.contract.operation("message.history").fields:
        raise NotApplicable("the pages of the history have no numbers")
    sent = [await alice.send(room, f"message {number}") for number in range(5)]
    for number, expected in ((1, sent[3:]), (2, sent[1:3]), (3, sent[:1]), (4, [])):
        values = {"conversation": room.id, "page": number, "limit": 2}
        page = await alice.perform("message.history", values)
        equal(page.many("messages"), expected, f"page {number}")
        equal((page.get("total", 5), page.get("pages", 3)), (5, 3), "the number of messages and of pages")
        equal(page.get("has_more", number < 3), number < 3, f"whether there is more after page {number}")


@scenario(
    "sync.retention.cleanup",
    source="Milestone 3: DELETE /api/v1/chat/rooms/:roomId/cleanup, admin cleanup",
    needs=("retention.cleanup", *_HISTORY),
)
async def an_administrator_cleans_up(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """Last messages per room retention: the newest stay, older ones go; for administrators alone."""
    if "keep" not in alice.setting.contract.operation("retention.cleanup").fields:
        raise NotApplicable("how many messages stay is not for the caller to say")
    sent = [await alice.send(room, f"message {number}") for number in range(5)]
    values = {"conversation": room.id, "keep": 2}
    await refused(bob.perform("retention.cleanup", values), "FORBIDDEN")
    admin = await stage.administrator("admin")
    equal((await admin.perform("retention.cleanup", values)).get("deleted", 3), 3, "how many messages were deleted")
    equal((await alice.history(room)).many("messages"), sent[3:], "the history")
    equal((await admin.perform("retention.cleanup", values)).get("deleted", 0), 0, "how many are left to delete")


async def _backwards(alice: Actor, room: Facts, sent: list[Facts]) -> None:
    newest = await alice.history(room, limit=2)
    equal((newest.many("messages"), newest.get("has_more", True)), (sent[4:], True), "the newest messages")
    before = await alice.history(room, before=sent[4], limit=3)
    equal((before.many("messages"), before.get("has_more", True)), (sent[1:4], True), "those before the fifth")
    first = await alice.history(room, before=sent[1], limit=3)
    equal((first.many("messages"), first.get("has_more", False)), (sent[:1], False), "those before the second")


@scenario("sync.history.at-once", source="events document, sendMessage", needs=_HISTORY)
async def an_acknowledged_message_is_readable_at_once(alice: Actor, room: Facts) -> None:
    """Stores the message, acknowledges it once it is durable."""
    for number in range(5):
        sent = await alice.send(room, f"message {number}")
        equal((await alice.history(room, limit=1)).many("messages"), [sent], "the newest message")
        equal(sent.sequence, alice.first_sequence + number, "the sequence, which starts at 1 and has no gap")
