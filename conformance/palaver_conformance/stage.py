"""Where a scenario plays: its users and rooms, made for it alone, and taken down behind it."""

import asyncio
from collections.abc import Sequence

from palaver_conformance.accounts import newcomer, registered
from palaver_conformance.actor import Actor
from palaver_conformance.crowd import Crowd, Plan
from palaver_conformance.facts import Facts
from palaver_conformance.setting import Setting

MEMBERS = ("alice", "bob", "carol")


class Stage:
    """Makes the people and rooms of one scenario. `close()` ends all their connections."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._actors: list[Actor] = []
        self._crowds: list[Crowd] = []
        self._markers = 0

    async def newcomer(self, name: str) -> Actor:
        """Return a user of the server who has no connection."""
        return self._on(await newcomer(name, self.setting))

    async def registered(self, name: str) -> Actor:
        """Return a user with a password, who has no connection."""
        return self._on(await registered(name, self.setting))

    async def actor(self, name: str) -> Actor:
        """Return a user with one connection."""
        actor = await self.newcomer(name)
        if self.setting.contract.handshake is not None:
            await actor.connect()
        return actor

    async def room(self, owner: Actor, *others: Actor) -> Facts:
        """Return a new group, which all connections of everybody have entered."""
        room = await owner.create(*others)
        if self.setting.contract.has("conversation.created"):
            for other in others:
                for device in other.devices:
                    await device.expect("conversation.created", {"conversation.id": room.id})
        return room

    async def crowd(self, plan: Plan) -> Crowd:
        """Return a crowd that is connected, and does not talk yet."""
        crowd = Crowd(self.setting, plan)
        self._crowds.append(crowd)
        await crowd.gather()
        return crowd

    async def fence(self, by: Actor, *watchers: Actor, room: Facts | None = None) -> None:
        """Return when everything that was sent before has reached all connections of the watchers.

        A marker goes down the same ordered path: a message in the room or, for watchers who are not in it, in a
        group that is made for the purpose.
        """
        self._markers += 1
        place = room or await self.room(by, *(watcher for watcher in watchers if watcher is not by))
        marker = await by.send(place, f"marker {self._markers}")
        for watcher in watchers:
            for device in watcher.devices:
                if device.open_still:
                    await device.expect("message.created", {"message.id": marker.id})

    async def fixtures(self, names: Sequence[str]) -> dict[str, object]:
        """Return what a scenario asks for by the names of its parameters.

        `alice`, `bob`, `carol`: connected, and members of the `room`, which alice owns. `stranger`: connected, in no
        room. `newcomer`: not connected, in no room. `registered`: the same, with a password. `stage`: this.
        `topology`: what the harness has started.
        """
        connected = [name for name in (*MEMBERS, "stranger") if name in names]
        actors = await asyncio.gather(*(self.actor(name) for name in connected))
        found: dict[str, object] = dict(zip(connected, actors, strict=True))
        if "newcomer" in names:
            found["newcomer"] = await self.newcomer("newcomer")
        if "registered" in names:
            found["registered"] = await self.registered("registered")
        if "topology" in names:
            found["topology"] = self.setting.subject.disturbable
        if "stage" in names:
            found["stage"] = self
        if "room" in names:
            members = [actor for actor in actors if actor.name in MEMBERS]
            found["room"] = await self.room(*members)
        return found

    def _on(self, actor: Actor) -> Actor:
        self._actors.append(actor)
        return actor

    async def close(self) -> None:
        """End all connections of everybody."""
        await asyncio.gather(*(crowd.close() for crowd in self._crowds))
        await asyncio.gather(*(actor.disconnect() for actor in self._actors))
