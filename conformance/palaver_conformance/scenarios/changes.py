"""Messages: being edited and deleted."""

import asyncio

from palaver_conformance.expectation import ensure, equal, everywhere, never, once, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

_EDIT = ("message.send", "message.edit", "message.edited")
_DELETE = ("message.send", "message.delete", "message.deleted")


@scenario("messages.edit.own", case="G8", source="Phase 4 guide, Test 8", needs=_EDIT)
async def an_edited_message_reaches_everybody(alice: Actor, bob: Actor, room: Facts) -> None:
    """Acknowledgment with updated message; all participants receive 'message:updated'."""
    phone = await bob.connect()
    sent = await alice.send(room, "first thoughts")
    later = await alice.send(room, "another")
    edited = await alice.edit(sent, "second thoughts")
    equal((edited.id, edited.content, edited.flag("edited")), (sent.id, "second thoughts", True), "the message")
    equal(edited.sequence, sent.sequence, "the sequence of the edited message")
    everybody = (alice.device, bob.device, phone)
    for device in everybody:
        event = await device.expect("message.edited", {"id": sent.id})
        equal(event.facts.content, "second thoughts", "the content in the event")
    marker = await bob.send(room, "marker")
    equal(marker.sequence, later.sequence + 1, "the next sequence: an edit leaves no gap")
    await everywhere(everybody, "message.created", {"message.id": marker.id})
    once(everybody, "message.edited", {"id": sent.id})
    if alice.setting.contract.has("message.history"):
        found = (await bob.history(room)).many("messages")
        equal([each.content for each in found], ["second thoughts", "another", "marker"], "the history")


@scenario("messages.edit.by-other", case="G9", source="Phase 4 guide, Test 9", needs=_EDIT)
async def another_users_message_cannot_be_edited(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """Error with FORBIDDEN code."""
    sent = await alice.send(room, "mine")
    await refused(bob.edit(sent, "yours now"), "FORBIDDEN")
    if bob.setting.contract.has("message.edit@http"):
        await refused(bob.edit(sent, "yours now", via="http"), "FORBIDDEN")
    await stage.fence(alice, alice, bob, room=room)
    never((alice.device, bob.device), "message.edited", {"id": sent.id})
    if bob.setting.contract.has("message.history"):
        equal((await bob.history(room)).many("messages")[0], sent, "the message")


@scenario(
    "messages.edit.rest",
    source="Phase 4 guide, Step 4.12",
    needs=("message.edit@http", "message.delete@http", "message.edited", "message.deleted"),
)
async def changes_by_request_reach_the_sockets(alice: Actor, bob: Actor, room: Facts) -> None:
    """REST operations should trigger WebSocket notifications."""
    sent = await alice.send(room, "first thoughts")
    edited = await alice.edit(sent, "second thoughts", via="http")
    equal(edited.content, "second thoughts", "the content")
    changed = await bob.expect("message.edited", {"id": sent.id})
    equal(changed.facts.content, "second thoughts", "the content in the event")
    await alice.delete(sent, via="http")
    gone = await bob.expect("message.deleted", {"id": sent.id})
    ensure(changed.index < gone.index, "the edit to be told before the deletion")


@scenario(
    "messages.delete.own",
    case="G10",
    source="Phase 4 guide, Test 10",
    needs=(*_DELETE, "message.history", "message.sync"),
)
async def a_deleted_message_is_gone_everywhere(alice: Actor, bob: Actor, room: Facts) -> None:
    """Acknowledgment with success: true; all participants receive 'message:deleted'."""
    phone = await bob.connect()
    kept = await alice.send(room, "kept")
    sent = await alice.send(room, "a secret", attachments=[Facts({"file": "secret_file"})], metadata={"secret": "yes"})
    await alice.delete(sent)
    everybody = (alice.device, bob.device, phone)
    await everywhere(everybody, "message.deleted", {"id": sent.id, "conversation": room.id})
    marker = await bob.send(room, "marker")
    await everywhere(everybody, "message.created", {"message.id": marker.id})
    once(everybody, "message.deleted", {"id": sent.id})
    for found in ((await bob.history(room)).many("messages"), (await bob.sync(room)).many("messages")):
        equal([each.sequence for each in found], [kept.sequence, sent.sequence, marker.sequence], "the sequences")
        ensure("secret" not in repr(found), "the content of the deleted message to be gone", found)
        ensure(found[1].flag("deleted"), "the message to say that it is deleted", found[1])
    if bob.setting.contract.has("conversation.list"):
        ensure("secret" not in repr(await bob.conversations()), "the listing not to tell the content")


@scenario("messages.delete.by-other", source="events document, deleteMessage", needs=_DELETE)
async def another_users_message_cannot_be_deleted(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """Delete one's own message: by another participant it is FORBIDDEN, the owner of the group included."""
    sent = await bob.send(room, "mine")
    await refused(alice.delete(sent), "FORBIDDEN")
    await stage.fence(alice, alice, bob, room=room)
    never((alice.device, bob.device), "message.deleted", {"id": sent.id})


@scenario("messages.delete.twice", source="error catalogue, NOT_FOUND", needs=(*_DELETE, "message.edit"))
async def a_deleted_message_cannot_be_changed(stage: Stage, alice: Actor, room: Facts) -> None:
    """The message does not exist, is deleted, or is not visible to the caller: NOT_FOUND."""
    sent = await alice.send(room, "gone soon")
    await alice.delete(sent)
    await refused(alice.delete(sent), "NOT_FOUND")
    await refused(alice.edit(sent, "back again"), "NOT_FOUND")
    await stage.fence(alice, alice, room=room)
    once((alice.device,), "message.deleted", {"id": sent.id})


@scenario("messages.change.stranger", source="error catalogue, NOT_FOUND", needs=(*_DELETE, "message.edit"))
async def a_stranger_cannot_tell_a_message_from_none(alice: Actor, stranger: Actor, room: Facts) -> None:
    """A message that is not visible to the caller answers like one that does not exist."""
    sent = await alice.send(room, "private")
    none = Facts({"id": "0" * 24})
    for there, gone in (
        (await refused(stranger.edit(sent, "x"), "NOT_FOUND"), await refused(stranger.edit(none, "x"), "NOT_FOUND")),
        (await refused(stranger.delete(sent), "NOT_FOUND"), await refused(stranger.delete(none), "NOT_FOUND")),
    ):
        equal((there.message, there.details), (gone.message, gone.details), "the answer")


@scenario(
    "messages.change.race",
    source="house rules: concurrent edit and delete converge for all",
    needs=(*_EDIT, *_DELETE, "message.history"),
)
async def an_edit_and_a_deletion_at_once_converge(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """Concurrent edit and delete converge for all: after the deletion nothing brings the content back."""
    phone = await alice.connect()
    sent = await alice.send(room, "contested")
    edit = alice.perform("message.edit", {"id": sent.id, "content": "a last word"})
    delete = alice.perform("message.delete", {"id": sent.id}, on=phone)
    results = await asyncio.gather(edit, delete, return_exceptions=True)
    ensure(not isinstance(results[1], BaseException), "the deletion to be carried out", results[1])
    await stage.fence(alice, alice, bob, room=room)
    for device in (alice.device, bob.device):
        gone = device.received("message.deleted", {"id": sent.id})
        equal(len(gone), 1, "the number of deletions told")
        edits = device.received("message.edited", {"id": sent.id})
        ensure(all(each.index < gone[0].index for each in edits), "no edit after the deletion", *edits)
    found = (await bob.history(room)).many("messages")[0]
    equal((found.content, found.flag("deleted")), ("", True), "the message in the history")
