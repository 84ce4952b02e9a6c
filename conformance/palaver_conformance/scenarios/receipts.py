"""What was read, and what is unread."""

import asyncio

from palaver_conformance.errors import NotApplicable
from palaver_conformance.expectation import equal, everywhere, never, once, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

_MARK = ("receipt.mark", "message.send")
_COUNTED = ("receipt.mark", "receipt.unread", "receipt.read", "message.send")


@scenario("receipts.mark.counts", source="events document, markRead and onMessageRead", needs=_MARK)
async def a_receipt_counts_down_and_is_told(alice: Actor, bob: Actor, room: Facts) -> None:
    """To every participant, the reader's own connections included, so that all devices agree."""
    phone = await bob.connect()
    sent = [await alice.send(room, f"message {number}") for number in range(4)]
    equal((await alice.unread(room), await bob.unread(room)), (0, 4), "the unread counts")
    contract = bob.setting.contract
    everybody = (alice.device, bob.device, phone)
    where = {"conversation": room.id, "user": bob.user, "message": sent[1].id, "sequence": sent[1].sequence}
    if {"message", "sequence"} & set(contract.operation("receipt.mark").fields):
        marked = await bob.mark_read(room, sent[1])
        equal((marked.get("unread", 2), marked.get("sequence", sent[1].sequence)), (2, sent[1].sequence), "the mark")
        equal(await bob.unread(room), 2, "the unread count")
        if contract.has("receipt.read"):
            await everywhere(everybody, "receipt.read", where)
    rest = await bob.mark_read(room, sent[3], via="http" if contract.has("receipt.mark@http") else None)
    equal((rest.get("unread", 0), await bob.unread(room)), (0, 0), "the unread count in the end")
    if contract.has("receipt.read"):
        last = {**where, "message": sent[3].id, "sequence": sent[3].sequence}
        await everywhere(everybody, "receipt.read", last)
        once(everybody, "receipt.read", where)


@scenario("receipts.mark.late", source="events document, markRead", needs=_COUNTED)
async def a_late_receipt_moves_nothing_back(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """The mark only moves forward: a late receipt changes nothing, and the answer holds the mark as it is."""
    sent = [await alice.send(room, f"message {number}") for number in range(3)]
    await bob.mark_read(room, sent[2])
    late = await bob.mark_read(room, sent[0])
    equal((late.get("unread", 0), late.get("message", sent[2].id)), (0, sent[2].id), "the read mark")
    equal(await bob.unread(room), 0, "the unread count")
    await stage.fence(alice, alice, bob, room=room)
    never((alice.device, bob.device), "receipt.read", _place(sent[0]))
    once((alice.device, bob.device), "receipt.read", _place(sent[2]))


@scenario("receipts.mark.unknown", source="error catalogue, NOT_FOUND", needs=("receipt.mark", "message.send"))
async def a_receipt_names_a_message_of_the_conversation(
    stage: Stage, alice: Actor, bob: Actor, stranger: Actor, room: Facts
) -> None:
    """The message does not exist, or is not of this conversation: NOT_FOUND."""
    if "message" not in bob.setting.contract.operation("receipt.mark").fields:
        raise NotApplicable("a receipt names no message")
    await alice.send(room, "here")
    elsewhere = await stranger.send(await stage.room(stranger, bob), "elsewhere")
    await refused(bob.mark_read(room, elsewhere), "NOT_FOUND")
    await refused(bob.mark_read(room, Facts({"id": "0" * 24})), "NOT_FOUND")


@scenario("receipts.count.deleted", source="shared schemas, ReadMark", needs=(*_COUNTED, "message.delete"))
async def a_deleted_message_is_not_unread(alice: Actor, bob: Actor, room: Facts) -> None:
    """Messages of others after the read mark that are not deleted."""
    sent = [await alice.send(room, f"message {number}") for number in range(3)]
    await bob.send(room, "my own")
    equal(await bob.unread(room), 3, "the unread count")
    await alice.delete(sent[1])
    equal(await bob.unread(room), 2, "the unread count after the deletion")


@scenario(
    "receipts.mark.together", source="house rules: simultaneous receipts of two people both arrive", needs=_COUNTED
)
async def two_receipts_at_once_both_arrive(alice: Actor, bob: Actor, carol: Actor, room: Facts) -> None:
    """Simultaneous receipts of two people both arrive."""
    sent = await alice.send(room, "read this")
    await asyncio.gather(bob.mark_read(room, sent), carol.mark_read(room, sent))
    for reader in (bob, carol):
        where = {"user": reader.user, **_place(sent)}
        await everywhere((alice.device, bob.device, carol.device), "receipt.read", where)
        equal(await reader.unread(room), 0, f"what is unread for {reader.name}")


def _place(message: Facts) -> dict[str, object]:
    """Return what a receipt up to a message says, by its id or by its sequence."""
    return {"message": message.id, "sequence": message.sequence}
