"""Who is typing."""

from palaver_conformance.actor import Actor
from palaver_conformance.expectation import ensure, equal, everywhere, never, once
from palaver_conformance.facts import Facts
from palaver_conformance.scenario import scenario
from palaver_conformance.stage import Stage

_TYPING = ("typing.start", "typing.changed")
# In seconds, and for no machine longer: a little later typing would have ended by itself.
_SOON = 5.0


@scenario(
    "typing.start.others", source="events document, startTyping and onUserTyping", needs=(*_TYPING, "typing.stop")
)
async def typing_reaches_the_others_only(stage: Stage, alice: Actor, bob: Actor, stranger: Actor, room: Facts) -> None:
    """Somebody started or stopped typing: to the other participants."""
    phone = await alice.connect()
    await alice.type(room)
    started = {"conversation": room.id, "user": alice.user, "active": True}
    await everywhere((bob.device,), "typing.changed", started)
    await alice.stop_typing(room)
    await everywhere((bob.device,), "typing.changed", {**started, "active": False})
    await stage.fence(alice, alice, bob, room=room)
    await stage.fence(alice, stranger)
    once((bob.device,), "typing.changed", started)
    once((bob.device,), "typing.changed", {**started, "active": False})
    never((alice.device, phone, stranger.device), "typing.changed", {})
    if bob.setting.contract.has("message.history"):
        found = [each.content for each in (await bob.history(room)).many("messages")]
        ensure(len(found) == 1, "nothing but the marker in the history", found)


@scenario("typing.end.sent", source="events document, startTyping", needs=(*_TYPING, "message.send"))
async def typing_ends_when_a_message_is_sent(alice: Actor, bob: Actor, room: Facts) -> None:
    """Typing ends by itself when a message is sent."""
    await alice.type(room)
    await bob.expect("typing.changed", {"user": alice.user, "active": True})
    await alice.send(room, "done")
    await _ended(bob, alice)


@scenario("typing.end.disconnected", source="events document, startTyping", needs=_TYPING)
async def typing_ends_when_the_connection_ends(alice: Actor, bob: Actor, room: Facts) -> None:
    """Typing ends by itself when the connection ends."""
    await alice.type(room)
    await bob.expect("typing.changed", {"user": alice.user, "active": True})
    await alice.device.close()
    await _ended(bob, alice)


@scenario("typing.end.expired", source="events document, startTyping", needs=_TYPING, slow=True)
async def typing_ends_by_itself(alice: Actor, bob: Actor, room: Facts) -> None:
    """To be repeated every few seconds; ends by itself after six."""
    await alice.type(room)
    await bob.expect("typing.changed", {"user": alice.user, "active": True})
    patience = alice.setting.timing.expiry
    await bob.expect("typing.changed", {"user": alice.user, "active": False}, patience=patience)
    equal(len(bob.device.received("typing.changed")), 2, "the number of changes")


async def _ended(watcher: Actor, typist: Actor) -> None:
    patience = min(watcher.setting.timing.reply, _SOON)
    await watcher.expect("typing.changed", {"user": typist.user, "active": False}, patience=patience)
