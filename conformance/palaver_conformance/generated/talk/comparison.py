"""The end of a talk: everything that was under way has arrived, and is compared with what the model says."""

from collections.abc import Sequence

from palaver_conformance.errors import Failure
from palaver_conformance.expectation import ensure, equal
from palaver_conformance.facts import Facts
from palaver_conformance.generated.talk.deeds import Deed
from palaver_conformance.generated.talk.performance import Performance
from palaver_conformance.generated.talk.world import Handset, Room
from palaver_conformance.people.device import Device

_KINDS = {"message.created": "created", "message.edited": "edited", "message.deleted": "deleted"}


class Comparison:
    """Compares a talk on a server with its model, deed by deed where a closing deed is needed."""

    def __init__(self, performance: Performance) -> None:
        self._performance = performance
        self._world = performance.world
        self._contract = performance.contract

    async def end(self) -> None:
        """Have everybody come back, mark the end of each conversation, and compare. Raises Failure."""
        await self._fence()
        for handset in self._world.handsets:
            self._heard(handset)
        for number, room in enumerate(self._world.rooms):
            reader = room.members[number % len(room.members)]
            if self._contract.has("message.history"):
                await self._performance.look(reader, room)
            if self._contract.has("conversation.get"):
                await self._described(reader, room)
        await self._listed()

    async def _fence(self) -> None:
        for who in self._world.people:
            if not self._world.open_handsets(who):
                await self._performance.do(Deed("connect", who, device=self._world.next_device(who)))
        # The lobby last: those who are outside of the others or have muted them hear it too.
        for room in reversed(self._world.rooms):
            speaker, device, hears = self._speaker(room)
            if not hears:
                # Who is answered by the message itself has to hear it.
                await self._performance.do(Deed("enter", speaker, room.number, device))
            await self._performance.do(Deed("send", speaker, room.number, device, self._world.next_message))
        for handset in self._world.handsets:
            if handset.open:
                await self._performance.settle(handset)
                await self._performance.devices[handset.owner, handset.number].alive()

    def _speaker(self, room: Room) -> tuple[str, int, bool]:
        """Return who can say something in a conversation, on which device, and whether that hears it."""
        handsets = [(each.owner, each.number) for each in self._world.handsets if each.open]
        inside = [each for each in handsets if each[0] in room.members]
        hearing = [each for each in inside if room.number not in self._world.handset(*each).muted]
        return *(hearing or inside)[0], bool(hearing)

    def _heard(self, handset: Handset) -> None:
        device = self._performance.devices[handset.owner, handset.number]
        for room in self._world.rooms:
            facts = self._performance.rooms[room.number]
            self._stream(handset, device, room)
            # What is of the moment is not stored: who is away, or was in and out, may miss it.
            if handset.open and room.number not in handset.doubtful:
                self._marks(handset, device, room, facts)
                self._moments(handset, device, room, facts)

    def _stream(self, handset: Handset, device: Device, room: Room) -> None:
        """Compare what was heard of messages: all of it in order, and once."""
        wanted = [told for told in handset.heard.get(room.number, []) if self._sure(handset, told.kind, told.message)]
        found = [each for each in self._messages(device, room) if self._sure(handset, each[0], each[1])]
        told = [(each.kind, each.message, each.content) for each in wanted]
        if not handset.open:
            # Who hangs up does not hear what is on the way.
            told = told[: len(found)]
        if found != told:
            what = f"{handset} to have heard in room {room.number}: {_listed(told)}"
            raise Failure(what, (f"it has heard: {_listed(found)}",))

    @staticmethod
    def _sure(handset: Handset, kind: str, message: int) -> bool:
        return kind != "created" or message not in handset.unsure

    def _messages(self, device: Device, room: Room) -> list[tuple[str, int, str]]:
        events = sorted((each for means in _KINDS for each in device.received(means)), key=lambda each: each.index)
        found = []
        for event in events:
            inner = event.facts.get("message")
            message = inner if isinstance(inner, Facts) else event.facts
            number = self._performance.numbers.get(message.id)
            if number is None:
                raise Failure(f"{device.name} to hear of no message that nobody sent", (str(event),))
            where, said = self._world.messages[number]
            if where is room:
                kind = _KINDS[event.means]
                found.append((kind, number, "" if kind == "deleted" else message.content))
            if event.means == "message.created":
                equal(message.ident("sender"), self._performance.people[said.sender].user, f"the sender of 'm{number}'")
        return found

    def _marks(self, handset: Handset, device: Device, room: Room, facts: Facts) -> None:
        if not self._contract.has("receipt.read"):
            return
        for who in self._world.people:
            wanted = {at: count for at, count in handset.marks.items() if at[:2] == (room.number, who)}
            about: dict[str, object] = {"conversation": facts.id, "user": self._performance.people[who].user}
            for (_, _, number), count in wanted.items():
                message = self._performance.messages[number]
                place = {"message": message.id, "sequence": message.get("sequence")}
                found = len(device.received("receipt.read", {**about, **place}))
                equal(found, count, f"how often {handset} hears that {who} has read up to 'm{number}'")
            total = len(device.received("receipt.read", about))
            equal(total, sum(wanted.values()), f"how often {handset} hears that {who} has read in room {room.number}")

    def _moments(self, handset: Handset, device: Device, room: Room, facts: Facts) -> None:
        for who in self._world.people:
            about: dict[str, object] = {"conversation": facts.id, "user": self._performance.people[who].user}
            if self._contract.has("typing.changed"):
                typing = handset.typing[room.number, who]
                for active in (True, False):
                    found = len(device.received("typing.changed", {**about, "active": active}))
                    what = f"{who} {'types' if active else 'stops typing'} in room {room.number}"
                    equal(found, typing, f"how often {handset} hears that {who} {what}")
            for change in ("added", "removed"):
                # Who comes and goes is told in other ways.
                if self._contract.has(f"participant.{change}") and who != handset.owner:
                    found = len(device.received(f"participant.{change}", about))
                    wanted = handset.comings[room.number, change, who]
                    if self._contract.entry is not None:
                        # Who enters may hear of somebody who entered just before.
                        found = min(found, wanted)
                    equal(found, wanted, f"how often {handset} hears that {who} was {change} in room {room.number}")
        for number, name in handset.names:
            # A conversation changes in other ways too, and then has its name still.
            where = {"conversation.id": facts.id, "conversation.name": name}
            found = number != room.number or bool(device.received("conversation.updated", where))
            ensure(found, f"{handset} to hear that room {number} is called {name!r}")

    async def _described(self, reader: str, room: Room) -> None:
        found = await self._performance.people[reader].get(self._performance.rooms[room.number])
        listed = found.many("participants")
        users = {self._performance.people[each].user: each for each in self._world.people}
        members = [users.get(each.ident("user"), each.ident("user")) for each in listed]
        equal(sorted(members), sorted(room.members), f"the members of room {room.number}")
        owners = [users.get(each.ident("user")) for each in listed if each.get("role") == "owner"]
        if owners and self._contract.has("participant.leave"):
            equal(owners, [room.owner], f"the owner of room {room.number}")

    async def _listed(self) -> None:
        if not self._contract.has("conversation.list"):
            return
        hidden = not self._contract.has("participant.join")
        for who, actor in self._performance.people.items():
            listed = {each.id: each for each in (await actor.conversations()).many("conversations")}
            for room in self._world.rooms:
                found = listed.get(self._performance.rooms[room.number].id)
                if who not in room.members:
                    ensure(found is None or not hidden, f"room {room.number} not to be listed for {who}", found)
                    continue
                if found is None:
                    raise Failure(f"room {room.number} to be listed for {who}", (repr(list(listed)),))
                if self._performance.counts() and "unread" in found:
                    what = f"what is unread for {who} in room {room.number}, as it is listed"
                    equal(found.number("unread"), room.unread(who), what)


def _listed(told: Sequence[tuple[str, int, str]]) -> str:
    return ", ".join(f"{kind} {content or f'm{number}'!r}" for kind, number, content in told) or "nothing"
