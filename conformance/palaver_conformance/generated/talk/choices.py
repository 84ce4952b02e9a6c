"""From what was drawn at random to what can be done: the same draw is the same deed, whatever else is left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from palaver_conformance.generated.talk.deeds import LOBBY, Abilities, Deed
from palaver_conformance.generated.talk.world import Handset, Room, Said, World

T = TypeVar("T")

_DEVICES: Final = 3
_HONEST: Final = 4


@dataclass(frozen=True)
class Choice:
    """What was drawn: a word for a deed, and numbers that choose who, where, on which device and about what."""

    what: str
    who: int
    where: int = 0
    device: int = 0
    which: int = 0


class Chooser:
    """Makes deeds of choices, as the world is. `devices` is how many one person may have open."""

    def __init__(self, world: World, abilities: Abilities, devices: int = _DEVICES) -> None:
        self._world = world
        self._abilities = abilities
        self._devices = devices
        self._makers: Mapping[str, Callable[[Choice, str], Deed | None]] = {
            "send": self._send,
            "interrupt": self._interrupt,
            "repeat": self._repeat,
            "edit": self._change,
            "delete": self._change,
            "mark": self._mark,
            "type": self._type,
            "connect": self._connect,
            "close": self._end,
            "drop": self._end,
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

    def deed(self, choice: Choice) -> Deed | None:
        """Return what is to be done, None when there is nothing like that to do."""
        if choice.what not in self._abilities.deeds:
            return None
        return self._makers[choice.what](choice, self._world.people[choice.who % len(self._world.people)])

    def _send(self, choice: Choice, who: str) -> Deed | None:
        room = _pick(self._world.rooms, choice.where)
        return self._by_some_way(choice, who, room, "message.send", self._to_outsiders(who, room))

    def _interrupt(self, choice: Choice, who: str) -> Deed | None:
        room = _pick(self._inside(who), choice.where)
        device = self._device(choice, who, room)
        if room is None or device is None:
            return None
        return Deed("interrupt", who, room.number, device.number, self._world.next_message)

    def _repeat(self, choice: Choice, who: str) -> Deed | None:
        own = [said for said in self._visible(who) if said.sender == who]
        said = _pick(own, choice.which)
        if said is None:
            return None
        room, _ = self._world.messages[said.number]
        deed = self._by_some_way(choice, who, room, "message.send", None, message=said.number)
        if deed is None or self._abilities.acknowledged or deed.device is None:
            return deed
        # Who is answered by the message itself would hear it late where it is not known yet.
        handset = self._world.handset(who, deed.device)
        return deed if said.number in handset.created(room.number) else None

    def _change(self, choice: Choice, who: str) -> Deed | None:
        """Change a message: now and then one of somebody else, one that is gone, or one of a conversation left."""
        honest = choice.where % _HONEST > 0
        said = _pick([said for _, said in self._world.messages.values() if not (honest and said.deleted)], choice.which)
        if said is None or (said.deleted and said.sender != who):
            return None
        if honest:
            who = said.sender
        room, _ = self._world.messages[said.number]
        refusal = None
        if who not in room.members or said.deleted:
            refusal = "NOT_FOUND"
        elif said.sender != who:
            refusal = "FORBIDDEN"
        return self._by_some_way(choice, who, room, f"message.{choice.what}", refusal, message=said.number)

    def _mark(self, choice: Choice, who: str) -> Deed | None:
        room = _pick(self._inside(who), choice.where)
        if room is None:
            return None
        said = _pick([each for each in room.messages if not each.deleted], choice.which)
        if not self._abilities.up_to:
            said = room.messages[-1] if room.messages and not room.messages[-1].deleted else None
        if said is None:
            return None
        return self._by_some_way(choice, who, room, "receipt.mark", None, message=said.number)

    def _type(self, choice: Choice, who: str) -> Deed | None:
        room = _pick(self._world.rooms, choice.where)
        device = self._device(choice, who, room)
        if room is None or device is None:
            return None
        return Deed("type", who, room.number, device.number, refusal=self._to_outsiders(who, room))

    def _connect(self, _: Choice, who: str) -> Deed | None:
        if len(self._world.open_handsets(who)) >= self._devices:
            return None
        return Deed("connect", who, device=self._world.next_device(who))

    def _end(self, choice: Choice, who: str) -> Deed | None:
        handset = _pick(self._world.open_handsets(who), choice.device)
        return Deed(choice.what, who, device=handset.number) if handset is not None else None

    def _look(self, choice: Choice, who: str) -> Deed | None:
        room = _pick(self._world.rooms, choice.where)
        if room is None:
            return None
        return Deed("look", who, room.number, refusal=self._to_outsiders(who, room))

    def _sync(self, choice: Choice, who: str) -> Deed | None:
        room = _pick(self._world.rooms, choice.where)
        if room is None:
            return None
        # A deletion is not answered by its revision, so nobody stands just behind one.
        places = [0, *(at for at, told in enumerate(room.log, 1) if told.kind != "deleted")]
        place = places[-1 - choice.which % len(places)]
        refusal = self._to_outsiders(who, room)
        deed = self._by_some_way(choice, who, room, "message.sync", refusal)
        return deed and Deed("sync", who, room.number, deed.device, place=place, refusal=refusal)

    def _add(self, choice: Choice, who: str) -> Deed | None:
        room = _pick(self._changing(), choice.where)
        other = _pick([each for each in self._world.people if room and each not in room.members], choice.which)
        if room is None or other is None:
            return None
        who = room.owner if choice.device % _HONEST > 0 else who
        return Deed("add", who, room.number, other=other, refusal=None if who == room.owner else "FORBIDDEN")

    def _remove(self, choice: Choice, who: str) -> Deed | None:
        room = _pick(self._changing(), choice.where)
        who = room.owner if room is not None and choice.device % _HONEST > 0 else who
        other = _pick([each for each in room.members if each != who] if room else [], choice.which)
        if room is None or other is None:
            return None
        return Deed("remove", who, room.number, other=other, refusal=None if who == room.owner else "FORBIDDEN")

    def _leave(self, choice: Choice, who: str) -> Deed | None:
        several = [each for each in self._changing() if who in each.members and len(each.members) > 1]
        room = _pick(several, choice.where)
        by_request = "participant.leave" in self._abilities.requests
        if room is None or not (by_request or self._device(choice, who, room)):
            return None
        return Deed("leave", who, room.number)

    def _join(self, choice: Choice, who: str) -> Deed | None:
        room = _pick([each for each in self._changing() if who not in each.members], choice.where)
        return Deed("join", who, room.number) if room is not None else None

    def _mute(self, choice: Choice, who: str) -> Deed | None:
        handset = _pick(self._world.open_handsets(who), choice.device)
        room = _pick([each for each in self._changing() if who in each.members], choice.where)
        if handset is None or room is None or room.number in handset.muted:
            return None
        return Deed("mute", who, room.number, handset.number)

    def _enter(self, choice: Choice, who: str) -> Deed | None:
        muted = [
            (handset, room)
            for handset in self._world.open_handsets(who)
            for room in self._inside(who)
            if room.number in handset.muted
        ]
        found = _pick(muted, choice.which)
        return found and Deed("enter", who, found[1].number, found[0].number)

    def _rename(self, choice: Choice, who: str) -> Deed | None:
        room = _pick([each for each in self._world.rooms if who in each.members], choice.where)
        if room is None:
            return None
        return Deed("rename", who, room.number, refusal=None if who == room.owner else "FORBIDDEN")

    def _by_some_way(
        self,
        choice: Choice,
        who: str,
        room: Room | None,
        means: str,
        refusal: str | None,
        *,
        message: int | None = None,
    ) -> Deed | None:
        """Return a deed that is done on one of the devices or, where there is a way, by a request."""
        if room is None:
            return None
        handsets: list[Handset | None] = [*self._speaking(who, room)]
        if means in self._abilities.requests:
            handsets.append(None)
        if not handsets:
            return None
        handset = handsets[choice.device % len(handsets)]
        device = handset.number if handset is not None else None
        number = self._world.next_message if message is None else message
        return Deed(choice.what, who, room.number, device, number, refusal=refusal)

    def _speaking(self, who: str, room: Room) -> Sequence[Handset]:
        """Return the devices on which somebody is answered in a conversation."""
        handsets = self._world.open_handsets(who)
        return [each for each in handsets if self._abilities.acknowledged or room.number not in each.muted]

    def _device(self, choice: Choice, who: str, room: Room | None) -> Handset | None:
        return _pick(self._speaking(who, room), choice.device) if room is not None else None

    def _to_outsiders(self, who: str, room: Room | None) -> str | None:
        return "FORBIDDEN" if room is None or who not in room.members else None

    def _inside(self, who: str) -> list[Room]:
        return [each for each in self._world.rooms if who in each.members]

    def _changing(self) -> list[Room]:
        return [each for each in self._world.rooms if each.number != LOBBY or not self._abilities.groups]

    def _visible(self, who: str) -> list[Said]:
        return [said for room in self._inside(who) for said in room.messages if not said.deleted]


def _pick(found: Sequence[T], number: int) -> T | None:
    """Return one of several, None of none."""
    return found[number % len(found)] if found else None
