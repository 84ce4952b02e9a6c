"""Who is typing."""

import time
from collections.abc import Awaitable, Callable

from palaver_conformance.errors import Failure
from palaver_conformance.expectation import ensure, equal, everywhere, never, once
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

_TYPING = ("typing.start", "typing.changed")
# In seconds, and for no machine longer: a little later typing would have ended by itself.
_SOON = 5.0
_TRIES = 3


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
    await _ends_at_once(bob, alice, room, lambda: alice.send(room, "done"))


@scenario("typing.end.disconnected", source="events document, startTyping", needs=_TYPING)
async def typing_ends_when_the_connection_ends(alice: Actor, bob: Actor, room: Facts) -> None:
    """Typing ends by itself when the connection ends."""

    async def leave() -> None:
        await alice.device.close()
        alice.devices.clear()

    await _ends_at_once(bob, alice, room, leave)


@scenario("typing.end.expired", source="events document, startTyping", needs=_TYPING, slow=True)
async def typing_ends_by_itself(alice: Actor, bob: Actor, room: Facts) -> None:
    """To be repeated every few seconds; ends by itself after six."""
    await alice.type(room)
    await bob.expect("typing.changed", {"user": alice.user, "active": True})
    patience = alice.setting.timing.expiry
    await bob.expect("typing.changed", {"user": alice.user, "active": False}, patience=patience)
    equal(len(bob.device.received("typing.changed")), 2, "the number of changes")


async def _ends_at_once(watcher: Actor, typist: Actor, room: Facts, end: Callable[[], Awaitable[object]]) -> None:
    """Type, and end it by something else; fail when that is told so late that typing may have ended by itself."""
    ended = {"user": typist.user, "active": False}
    # A slow machine may be late too, but not each time.
    for _ in range(_TRIES):
        if not typist.devices:
            await typist.connect()
            await typist.inhabit(room)
        begun = time.monotonic()
        await typist.type(room)
        await watcher.expect("typing.changed", {"user": typist.user, "active": True})
        await end()
        await watcher.expect("typing.changed", ended, patience=watcher.setting.timing.expiry)
        if time.monotonic() - begun < _SOON:
            return
    arrived = [str(event) for event in watcher.device.received("typing.changed")]
    raise Failure(
        f"{watcher.device.name} to receive typing.changed with {ended!r} before typing ends by itself", arrived
    )
