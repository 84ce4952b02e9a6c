"""Where a scenario plays: its rooms, made for it alone, and its people, whose connections end with it."""

import asyncio
from collections.abc import Sequence

from palaver_conformance.errors import NotApplicable
from palaver_conformance.facts import Facts
from palaver_conformance.people.account import Account
from palaver_conformance.people.accounts import administrator, newcomer, registered, token
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.crowd import Crowd, Plan
from palaver_conformance.people.device import Device
from palaver_conformance.setting import Setting

MEMBERS = ("alice", "bob", "carol")


class Stage:
    """Makes the people and rooms of one scenario. `close()` ends all their connections."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._actors: list[Actor] = []
        self._crowds: list[Crowd] = []
        self._markers = 0

    @property
    def connections(self) -> list[Device]:
        """The connections that people have now."""
        return [device for actor in self._actors for device in actor.devices]

    async def newcomer(self, name: str) -> Actor:
        """Return a user of the server who has no connection."""
        return self._on(await newcomer(name, self.setting))

    async def registered(self, name: str) -> Actor:
        """Return a user with a password, who has no connection."""
        return self._on(await registered(name, self.setting))

    async def administrator(self, name: str) -> Actor:
        """Return a user whose token says that they are an administrator; NotApplicable where we sign no tokens."""
        return self._on(await administrator(name, self.setting))

    def token(self, user: Actor, *, secret: str | None = None, algorithm: str = "HS256", **claims: object) -> str:
        """Return a token for a user with these claims; NotApplicable where we sign no tokens.

        It is signed with the server's secret unless another is given, and with another algorithm not at all.
        """
        return token(user.user, self.setting, secret=secret, algorithm=algorithm, **claims)

    def returning(self, name: str, account: Account) -> Actor:
        """Return somebody who is known to the server already, and has no connection here."""
        return self._on(Actor(name, self.setting, account))

    async def actor(self, name: str) -> Actor:
        """Return a user with one connection."""
        actor = await self.newcomer(name)
        if self.setting.contract.handshake is not None:
            await actor.connect()
        return actor

    async def room(self, owner: Actor, *others: Actor) -> Facts:
        """Return a conversation, which all connections of everybody have entered.

        It is a new group or, where the documents have conversations of two alone, that of the two.
        """
        if not owner.makes_groups:
            return await self._pair(owner, others)
        room = await owner.create(*others)
        if self.setting.contract.has("conversation.created"):
            for other in others:
                for device in other.devices:
                    await device.expect("conversation.created", {"conversation.id": room.id})
        for person in (owner, *others):
            await person.inhabit(room)
        return room

    async def _pair(self, owner: Actor, others: Sequence[Actor]) -> Facts:
        """Return the conversation of two, in which nothing was said but what it takes to make it."""
        if len(others) != 1:
            raise NotApplicable("the documents have conversations of two alone")
        (other,) = others
        if not self.setting.contract.has("conversation.create"):
            opening = await owner.tell(other, "opening")
            self.setting.openings.add(opening.id)
            room = self._of_two(opening.text("conversation"), owner, other)
            await self._tidy(room, owner, other)
            return room
        room = self._of_two((await owner.direct(other)).id, owner, other)
        for person in (owner, other):
            await person.inhabit(room)
        return room

    @staticmethod
    def _of_two(identity: str, one: Actor, other: Actor) -> Facts:
        one.partners[identity], other.partners[identity] = other.user, one.user
        return Facts({"id": identity})

    async def _tidy(self, room: Facts, owner: Actor, other: Actor) -> None:
        """Have nobody left with anything unread or unseen of the opening of a conversation."""
        for person in (owner, other):
            for device in person.devices:
                await device.expect("message.created", {"message.conversation": room.id})
        if other.devices and self.setting.contract.has("receipt.mark"):
            opening = other.device.received("message.created", {"message.conversation": room.id})[0]
            await other.mark_read(room, opening.facts.facts("message"))
            if self.setting.contract.has("receipt.read"):
                for person in (owner, other):
                    for device in person.devices:
                        await device.expect("receipt.read", {"conversation": room.id})
        for person in (owner, other):
            for device in person.devices:
                device.begin_anew()

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
        others = [watcher for watcher in watchers if watcher is not by]
        if room is not None:
            marker = await by.send(room, self._marker())
        elif by.makes_groups:
            marker = await by.send(await self.room(by, *others), self._marker())
        elif len(others) == 1:
            marker = await self._mark(by, others[0])
        else:
            for watcher in others:
                await self.fence(by, watcher)
            return
        for watcher in watchers:
            for device in watcher.devices:
                if device.open_still:
                    await device.expect("message.created", {"message.id": marker.id})

    async def _mark(self, by: Actor, watcher: Actor) -> Facts:
        """Send a marker in the conversation of two, which a history is then not to show."""
        if self.setting.contract.has("conversation.create"):
            marker = await by.send(await self.room(by, watcher), self._marker())
        else:
            marker = await by.tell(watcher, self._marker())
        self.setting.openings.add(marker.id)
        return marker

    def _marker(self) -> str:
        self._markers += 1
        return f"marker {self._markers}"

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
            if len(members) == 1 and not members[0].makes_groups:
                # Nobody is alone in a conversation of two.
                members.append(await self.actor("companion"))
            found["room"] = await self.room(*members)
        return found

    def _on(self, actor: Actor) -> Actor:
        self._actors.append(actor)
        return actor

    async def close(self) -> None:
        """End all connections of everybody."""
        await asyncio.gather(*(crowd.close() for crowd in self._crowds))
        await asyncio.gather(*(actor.disconnect() for actor in self._actors))
