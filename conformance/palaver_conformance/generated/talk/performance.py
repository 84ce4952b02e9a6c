"""A talk on a server: the same deeds, done by people with real connections, and the answers judged by the model."""

from collections.abc import Awaitable, Callable, Mapping
from secrets import token_hex

from palaver_conformance.contract.model import Contract, Operation, Via
from palaver_conformance.errors import Failure
from palaver_conformance.expectation import admitted, ensure, equal, refused
from palaver_conformance.facts import Facts
from palaver_conformance.generated.talk.deeds import Deed
from palaver_conformance.generated.talk.world import Handset, Room, World
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.device import Device
from palaver_conformance.people.stage import Stage

Seen = list[tuple[int, str]]
"""The numbers of messages, each with its content: empty for one that was deleted."""


class Performance:
    """People and conversations on a server that are those of a model, deed after deed."""

    def __init__(self, stage: Stage, world: World, people: Mapping[str, Actor]) -> None:
        self.stage = stage
        self.world = world
        self.people = people
        self.devices: dict[tuple[str, int], Device] = {}
        self.rooms: list[Facts] = []
        self.messages: dict[int, Facts] = {}
        self.numbers: dict[str, int] = {}
        self._revisions: dict[tuple[int, int], int | None] = {}
        self._tag = token_hex(4)
        self._deeds: Mapping[str, Callable[[Deed], Awaitable[object]]] = {
            "send": self._send,
            "interrupt": self._interrupt,
            "repeat": self._repeat,
            "edit": self._edit,
            "delete": self._delete,
            "mark": self._mark,
            "type": self._type,
            "connect": self._connect,
            "close": self._close,
            "drop": self._drop,
            "look": self._look,
            "sync": self._sync,
            "add": self._add,
            "remove": self._remove,
            "leave": self._leave,
            "join": self._join,
            "mute": self._mute,
            "enter": self._enter,
            "rename": self._rename,
        }

    async def begin(self) -> None:
        """Connect everybody, and make the conversations that the model has."""
        for handset in self.world.handsets:
            await self._connected(handset)
        for room in self.world.rooms:
            self.rooms.append(await self.stage.room(*(self.people[each] for each in room.members)))
        for device in self.devices.values():
            device.begin_anew()

    async def do(self, deed: Deed) -> None:
        """Do it, and have the model take note. Raises Failure when the server makes something else of it."""
        if deed.refusal is not None:
            await refused(self._admitted(deed), deed.refusal)
            return
        if deed.what in ("mute", "remove", "leave"):
            await self._settled(deed)
        await self._admitted(deed)

    async def settle(self, handset: Handset) -> None:
        """Wait until a connection has heard all that there is to hear."""
        device = self.devices[handset.owner, handset.number]
        for heard in handset.heard.values():
            last = next((told for told in reversed(heard) if told.message not in handset.unsure), None)
            if last is not None:
                where = {"id": self.messages[last.message].id}
                if last.kind == "created":
                    where = {"message.id": where["id"]}
                elif last.kind == "edited":
                    where["content"] = last.content
                await device.see(f"message.{last.kind}", where)

    async def look(self, who: str, room: Room) -> None:
        """Have somebody read a conversation, and compare."""
        actor, facts = self.people[who], self.rooms[room.number]
        found = self.seen((await actor.history(facts)).many("messages"))
        wanted = [(each.number, each.content) for each in room.messages]
        # Where the documents do not say what becomes of deleted messages, they may be there or not.
        kept = [each for each in wanted if each in found or each[1]]
        equal(found, kept, f"what {who} finds in the history of room {room.number}")

    def seen(self, messages: list[Facts]) -> Seen:
        """Return messages of the server by number; raises Failure for one that nobody sent, or that is not gone."""
        found = []
        for each in messages:
            if each.id not in self.numbers:
                raise Failure("no message that nobody sent", (repr(each),))
            gone = each.get("deleted") is True
            ensure(not (gone and each.content), "the content of a deleted message to be gone", each)
            found.append((self.numbers[each.id], each.content))
        return found

    def counts(self) -> bool:
        """Tell whether the documents say how many messages are unread."""
        return self.contract.has("receipt.mark") and (
            self.contract.has("receipt.unread") or self.contract.has("conversation.list")
        )

    @property
    def contract(self) -> Contract:
        """What the server promises."""
        return self.stage.setting.contract

    def _act(self, deed: Deed) -> None:
        """Have the model take note of what was done; raises Failure when it should not have been."""
        if deed.refusal is not None:
            raise Failure(f"a refusal with {deed.refusal}", ("it was carried out",))
        self.world.act(deed)

    async def _admitted(self, deed: Deed) -> object:
        act = self._deeds[deed.what]
        return await admitted(lambda: act(deed), self.stage.setting.timing.expiry)

    async def _settled(self, deed: Deed) -> None:
        """Wait for what those whom the deed silences still have to hear."""
        who = deed.other or deed.who
        for handset in self.world.open_handsets(who):
            if deed.device in (None, handset.number):
                await self.settle(handset)

    async def _connected(self, handset: Handset) -> None:
        actor = self.people[handset.owner]
        order = self.world.people.index(handset.owner) + handset.number
        device = await actor.connect(instance=order % len(self.stage.setting.subject.urls))
        self.devices[handset.owner, handset.number] = device

    async def _connect(self, deed: Deed) -> None:
        self._act(deed)
        await self._connected(self.world.handset(deed.who, deed.device))

    async def _close(self, deed: Deed) -> None:
        await self._gone(deed, Device.close)

    async def _drop(self, deed: Deed) -> None:
        await self._gone(deed, Device.cut)

    async def _gone(self, deed: Deed, end: Callable[[Device], Awaitable[None]]) -> None:
        self._act(deed)
        device = self._device(deed)
        if device is not None:
            # The first one is used where none is named.
            self.people[deed.who].devices.remove(device)
            await end(device)

    async def _send(self, deed: Deed) -> None:
        message = await self._say(deed)
        self._act(deed)
        await self._remember(deed, message)

    async def _interrupt(self, deed: Deed) -> None:
        actor, device = self.people[deed.who], self._device(deed)
        values = self._values(deed, None)
        if device is not None:
            await actor.hurry("message.send", [values], on=device)
            actor.devices.remove(device)
            await device.cut()
        self._act(deed)
        handset = self.world.open_handsets(deed.who)[-1]
        await self._connected(handset)
        again = Deed("repeat", deed.who, deed.room, handset.number, deed.message)
        await self._remember(deed, await self._say(again))

    async def _repeat(self, deed: Deed) -> None:
        message = await self._say(deed)
        equal(_id(message), self.messages[deed.message].id, f"what is said again as 'm{deed.message}'")
        self._act(deed)

    async def _edit(self, deed: Deed) -> None:
        _, said = self.world.messages[deed.message]
        content = f"m{said.number}, edit {said.edits + 1}"
        values = {"id": self.messages[deed.message].id, "content": content}
        answer = await self._perform(deed, "message.edit", values)
        self._act(deed)
        message = answer.get("message")
        if isinstance(message, Facts):
            equal(message.content, content, "the content of what was edited")
            self._note(deed, message)

    async def _delete(self, deed: Deed) -> None:
        await self._perform(deed, "message.delete", {"id": self.messages[deed.message].id})
        self._act(deed)

    async def _mark(self, deed: Deed) -> None:
        message = self.messages[deed.message]
        fields = self._operation(deed, "receipt.mark").fields
        known = {"conversation": self.rooms[deed.room].id, "message": message.id, "sequence": message.get("sequence")}
        values = {name: value for name, value in known.items() if name in fields}
        answer = await self._perform(deed, "receipt.mark", values)
        self._act(deed)
        unread = self.world.rooms[deed.room].unread(deed.who)
        equal(answer.get("unread", unread), unread, f"what is unread for {deed.who}")

    async def _type(self, deed: Deed) -> None:
        values = {"conversation": self.rooms[deed.room].id}
        for means in ("typing.start", "typing.stop"):
            await self._perform(deed, means, values)
        self._act(deed)

    async def _look(self, deed: Deed) -> None:
        room = self.world.rooms[deed.room]
        await self.look(deed.who, room)
        if self.counts():
            unread = await self.people[deed.who].unread(self.rooms[deed.room])
            equal(unread, room.unread(deed.who), f"what is unread for {deed.who} in room {room.number}")

    async def _sync(self, deed: Deed) -> None:
        room = self.world.rooms[deed.room]
        known = room.known(deed.place)
        last = max(known, default=None)
        values: dict[str, object] = {"conversation": self.rooms[deed.room].id}
        if last is not None:
            values["last_message"] = self.messages[last].id
            if "revision" in self._operation(deed, "message.sync").fields:
                values["revision"] = self._revisions.get((deed.room, deed.place))
        answer = await self._perform(deed, "message.sync", values)
        missed = [(each.number, each.content) for each in room.messages if each.number not in known]
        equal(self.seen(answer.many("messages")), missed, f"what {deed.who} has missed")
        if "changed" in answer:
            changed = {told.message for told in room.log[deed.place :]} & known.keys()
            wanted = {each.number: each.content for each in room.messages if each.number in changed}
            found = dict(self.seen(answer.many("changed")))
            if values.get("revision") is None:
                found = {number: content for number, content in found.items() if number in wanted}
            equal(found, wanted, f"what has changed meanwhile for {deed.who}")
        ensure(answer.get("has_more") is not True, "nothing more to fetch", answer)

    async def _add(self, deed: Deed) -> None:
        actor, other, room = self.people[deed.who], self.people[deed.other], self.rooms[deed.room]
        await actor.add(room, other)
        self._act(deed)
        await self._inside(deed.other, room)

    async def _join(self, deed: Deed) -> None:
        actor, room = self.people[deed.who], self.rooms[deed.room]
        await actor.perform("participant.join", {"conversation": room.id})
        self._act(deed)
        await self._inside(deed.who, room)

    async def _inside(self, who: str, room: Facts) -> None:
        actor = self.people[who]
        if self.contract.has("conversation.joined") and self.contract.has("participant.add"):
            for device in actor.devices:
                await device.expect("conversation.joined", {"conversation.id": room.id})
        await actor.inhabit(room)

    async def _remove(self, deed: Deed) -> None:
        actor, other, room = self.people[deed.who], self.people[deed.other], self.rooms[deed.room]
        await actor.remove(room, other)
        await self._outside(deed, other, room)

    async def _leave(self, deed: Deed) -> None:
        actor, room = self.people[deed.who], self.rooms[deed.room]
        await actor.leave(room)
        await self._outside(deed, actor, room)

    async def _outside(self, deed: Deed, actor: Actor, room: Facts) -> None:
        self._act(deed)
        actor.rooms[:] = [each for each in actor.rooms if each.id != room.id]
        if self.contract.has("conversation.removed"):
            for device in actor.devices:
                await device.expect("conversation.removed", {"conversation": room.id})

    async def _mute(self, deed: Deed) -> None:
        await self.people[deed.who].mute(self.rooms[deed.room], on=self._device(deed))
        self._act(deed)

    async def _enter(self, deed: Deed) -> None:
        await self.people[deed.who].enter(self.rooms[deed.room], on=self._device(deed))
        self._act(deed)

    async def _rename(self, deed: Deed) -> None:
        room = self.world.rooms[deed.room]
        await self.people[deed.who].rename(self.rooms[deed.room], f"{room.name}!")
        self._act(deed)

    async def _say(self, deed: Deed) -> Facts | str:
        """Return the message or, where who sends is answered by no more, its id."""
        answer = await self._perform(deed, "message.send", self._values(deed, self._via(deed, "message.send")))
        message = answer.get("message")
        return message if isinstance(message, str) else answer.facts("message")

    async def _found(self, deed: Deed, identity: str) -> Facts:
        """Return a message as those have it who hear it, or who read it."""
        for handset in self.world.handsets:
            if handset.open and deed.message in handset.created(deed.room):
                device = self.devices[handset.owner, handset.number]
                return (await device.see("message.created", {"message.id": identity})).facts.facts("message")
        if self.contract.has("message.history"):
            page = await self.people[deed.who].history(self.rooms[deed.room])
            found = next((each for each in page.many("messages") if each.id == identity), None)
            if found is not None:
                return found
        return Facts({"id": identity})

    def _values(self, deed: Deed, via: Via | None) -> dict[str, object]:
        operation = self.contract.operation("message.send", via)
        address = self.people[deed.who].address(operation, self.rooms[deed.room])
        client_id = f"{self._tag}-{deed.message}" if "client_id" in operation.fields else None
        return {**address, "content": f"m{deed.message}", "client_id": client_id}

    async def _perform(self, deed: Deed, means: str, values: Mapping[str, object]) -> Facts:
        return await self.people[deed.who].perform(means, values, via=self._via(deed, means), on=self._device(deed))

    def _operation(self, deed: Deed, means: str) -> Operation:
        return self.contract.operation(means, self._via(deed, means))

    def _via(self, deed: Deed, means: str) -> Via:
        if deed.device is not None:
            return "socket"
        return next(each.via for each in self.contract.operations if each.means == means and each.via != "socket")

    def _device(self, deed: Deed) -> Device | None:
        return self.devices[deed.who, deed.device] if deed.device is not None else None

    async def _remember(self, deed: Deed, answer: Facts | str) -> None:
        message = await self._found(deed, answer) if isinstance(answer, str) else answer
        if self.numbers.setdefault(message.id, deed.message) != deed.message:
            raise Failure(f"'m{deed.message}' to be a message of its own", (repr(message),))
        self.messages[deed.message] = message
        self._note(deed, message)

    def _note(self, deed: Deed, message: Facts) -> None:
        """Keep what the revision of a conversation is now."""
        room, _ = self.world.messages[deed.message]
        revision = message.get("revision")
        self._revisions[room.number, len(room.log)] = revision if isinstance(revision, int) else None


def _id(message: Facts | str) -> str:
    return message if isinstance(message, str) else message.id
