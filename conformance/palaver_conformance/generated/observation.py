"""What a conversation is, and what its people hear, so that it shows whether a refused request did anything."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from palaver_conformance.errors import Failure
from palaver_conformance.expectation import equal
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage

# Whoever is refused is told so, and people come and go.
_BESIDE = ("session.", "presence.")


@asynccontextmanager
async def unchanged(stage: Stage, room: Facts, *watchers: Actor) -> AsyncIterator[None]:
    """Fail unless a conversation is afterwards as it was before, and none of the watchers has heard anything.

    The first watcher has to be in it: markers are sent there, behind which nothing can be still to come.
    """
    observation = _Observation(stage, room, watchers)
    await observation.begin()
    yield
    await observation.end()


class _Observation:
    """A conversation from a moment on."""

    def __init__(self, stage: Stage, room: Facts, watchers: Sequence[Actor]) -> None:
        self._stage = stage
        self._room = room
        self._watchers = watchers
        self._state: Mapping[str, object] = {}

    async def begin(self) -> None:
        """Take note of how things are, once all that was done before has arrived."""
        await self._fence()
        for watcher in self._watchers:
            for device in watcher.devices:
                device.begin_anew()
        self._state = await self._now()

    async def end(self) -> None:
        """Compare, once a marker has arrived."""
        await self._fence()
        for watcher in self._watchers:
            heard = self._heard(watcher)
            if heard:
                raise Failure(f"{watcher.name} to hear nothing of what was refused", heard)
        equal(await self._now(), self._state, "the conversation after what was refused")

    async def _fence(self) -> None:
        await self._stage.fence(self._watchers[0], *self._watchers, room=self._room)

    async def _now(self) -> Mapping[str, object]:
        contract, viewer = self._stage.setting.contract, self._watchers[0]
        found: dict[str, object] = {}
        if contract.has("message.history"):
            history = (await viewer.history(self._room)).many("messages")
            found["messages"] = [each for each in history if not _marks(each)]
        if contract.has("conversation.get"):
            conversation = await viewer.get(self._room)
            found["participants"] = {each.ident("user"): each.get("role") for each in conversation.many("participants")}
            found |= {name: conversation.get(name) for name in ("name", "metadata")}
        return found

    def _heard(self, watcher: Actor) -> list[str]:
        meanings = {event.means for event in watcher.setting.contract.events if not event.means.startswith(_BESIDE)}
        found = []
        for device in watcher.devices:
            created = [event.facts.facts("message") for event in device.received("message.created")]
            markers = {each.id for each in created if _marks(each)}
            for means in sorted(meanings):
                found += [str(each) for each in device.received(means) if _about(each.facts) not in markers]
        return found


def _about(facts: Facts) -> object:
    """Return the id of the message that an event is about, None when it is about none."""
    message = facts.get("message", facts.get("id"))
    return message.get("id") if isinstance(message, Facts) else message


def _marks(message: Facts) -> bool:
    return str(message.get("content")).startswith("marker ")
