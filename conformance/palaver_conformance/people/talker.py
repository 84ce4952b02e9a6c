"""A user as the documents want one to behave: reconnects, catches up, and repeats what was not acknowledged."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from palaver_conformance.contract.model import Handshake
from palaver_conformance.errors import Failure, HarnessError, Refused, Unreachable
from palaver_conformance.evidence.chronicle import KINDS, Acknowledged, Caught, Chronicle, Kind, Message, Received, Sent
from palaver_conformance.facts import Facts
from palaver_conformance.people.account import Account
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.device import Device
from palaver_conformance.people.inbox import Inbox
from palaver_conformance.setting import Setting

_BACKOFF = 0.1
_MOST = 2.0
_PAGE = 100


@dataclass
class Cursor:
    """How far a user has followed a conversation: what `message.sync` wants to be told."""

    last: str | None = None
    sequence: int = 0
    revision: int | None = None

    def advance(self, message: Message) -> None:
        """Take note of a message, or of a change of one."""
        if (message.sequence or 0) > self.sequence:
            self.last, self.sequence = message.id, message.sequence or 0
        if message.revision is not None:
            self.revision = max(message.revision, self.revision or 0)


@dataclass
class Place:
    """A conversation, as one user follows it. While `catching` up, what arrives live does not move the cursor."""

    id: str
    cursor: Cursor = field(default_factory=Cursor)
    catching: bool = False
    ahead: list[Message] = field(default_factory=list)

    def hear(self, message: Message) -> None:
        """Take note of something that arrived live."""
        if self.catching:
            self.ahead.append(message)
        else:
            self.cursor.advance(message)

    def caught_up(self) -> None:
        """Live events carry on from where catching up ended."""
        self.catching = False
        for message in self.ahead:
            self.cursor.advance(message)
        self.ahead.clear()


class Talker(Actor):
    """A user with one connection at a time, to any of the instances, and everything on record.

    `follow()` keeps the connection; the verbs repeat themselves until they are acknowledged. Whoever `listens` only
    does not catch up.
    """

    def __init__(
        self,
        name: str,
        setting: Setting,
        account: Account,
        chronicle: Chronicle,
        dice: random.Random,
        *,
        listens: bool = False,
        home: int | None = None,
    ) -> None:
        super().__init__(name, setting, account)
        self.places: dict[str, Place] = {}
        self.own: list[Message] = []
        self.refusals: Counter[str] = Counter()
        self.reconnects = 0
        self.repeated = 0
        self._chronicle = chronicle
        self._dice = dice
        self._listens = listens
        self._home = home
        self._instance = home if home is not None else dice.randrange(len(setting.subject.urls))
        self._online = asyncio.Event()
        self._sent = 0

    @property
    def present(self) -> bool:
        """Whether there is a connection, and nothing left to catch up on."""
        return self._online.is_set()

    @property
    def device(self) -> Device:
        """The latest connection."""
        if not self.devices:
            raise HarnessError(f"{self.name} has no connection")
        return self.devices[-1]

    @property
    def instance(self) -> int:
        """The instance of the connection."""
        return self._instance

    def enter_place(self, conversation: str) -> None:
        """Follow a conversation from now on."""
        self.places.setdefault(conversation, Place(conversation))

    async def follow(self) -> None:
        """Keep a connection until cancelled: after its end, wait a moment and connect again, anywhere."""
        pause = _BACKOFF
        while True:
            try:
                await self._begin()
            except (Failure, Unreachable):
                await self._hang_up()
                await asyncio.sleep(pause * (0.5 + self._dice.random()))
                pause = min(2 * pause, _MOST)
                self._move()
                continue
            pause = _BACKOFF
            self._online.set()
            await self.device.ended()
            self._online.clear()
            self.reconnects += 1
            await self._hang_up()
            await asyncio.sleep(pause * self._dice.random())
            self._move()

    async def say(self, conversation: str, content: str) -> Message:
        """Send a message, again and again under one id until it is acknowledged, and return it."""
        self._sent += 1
        client_id = f"{self.name}-{self._sent}"
        self._chronicle.add(Sent(self.user, conversation, client_id))
        values = {"conversation": conversation, "content": content, "client_id": client_id}
        message = Message.of((await self.insist("message.send", values)).facts("message"))
        self._chronicle.add(Acknowledged(self.user, client_id, message))
        self.own.append(message)
        return message

    async def change(self, message: Message, content: str) -> None:
        """Edit a message of one's own."""
        await self.insist("message.edit", {"id": message.id, "content": content})

    async def withdraw(self, message: Message) -> None:
        """Delete a message of one's own."""
        self.own.remove(message)
        await self.insist("message.delete", {"id": message.id}, done="NOT_FOUND")

    async def insist(self, means: str, values: Mapping[str, object], *, done: str | None = None) -> Facts:
        """Carry out an operation, and repeat it until there is an answer.

        A refusal with a retryable code is no answer; one with the code `done` to a repetition means that the first
        attempt had come through. Raises any other refusal.
        """
        pause = _BACKOFF
        tried = False
        while True:
            await self._online.wait()
            device = self.device
            try:
                return await self.perform(means, values, instance=self._instance)
            except Refused as refusal:
                self.refusals[refusal.code] += 1
                if tried and refusal.code == done:
                    return Facts({})
                if refusal.code not in self.setting.contract.retryable:
                    raise
                # An error after which it may or may not have happened.
                tried = True
            except Failure:
                # No answer, or the connection has ended: another connection may fare better.
                tried = True
                self.repeated += 1
                await device.close()
            await asyncio.sleep(pause * (0.5 + self._dice.random()))
            pause = min(2 * pause, _MOST)

    async def leave_stage(self) -> None:
        """End the connection for good; `follow()` must have ended before."""
        self._online.clear()
        await self._hang_up()

    def device_to(self, name: str, handshake: Handshake, instance: int, url: str | None) -> Device:
        """Return a connection of which messages are put on record instead of being kept."""
        return Device(name, self.setting, handshake, instance, user=self.user, url=url, inbox=_Tap(name, self))

    def hear(self, connection: str, kind: Kind, facts: Facts) -> None:
        """Take note of an event about a message."""
        message = Message.told(kind, facts)
        self._chronicle.add(Received(self.user, connection, kind, message))
        if message.conversation in self.places:
            self.places[message.conversation].hear(message)

    async def _begin(self) -> None:
        for place in self.places.values():
            place.catching = not self._listens
            place.ahead.clear()
        device = await self.connect(instance=self._instance)
        if not self._listens:
            for place in list(self.places.values()):
                await self._catch_up(place, device)

    async def _catch_up(self, place: Place, device: Device) -> None:
        while True:
            answer = await self.perform(
                "message.sync",
                {
                    "conversation": place.id,
                    "last_message": place.cursor.last,
                    "revision": place.cursor.revision,
                    "limit": _PAGE,
                },
                on=device,
            )
            missed = [Message.of(each) for each in answer.many("messages")]
            changed = [Message.of(each) for each in answer.many("changed")] if "changed" in answer else []
            self._chronicle.add(Caught(self.user, device.name, (*missed, *changed)))
            for message in missed:
                if (message.sequence or 0) > place.cursor.sequence:
                    place.cursor.last, place.cursor.sequence = message.id, message.sequence or 0
            if "revision" in answer:
                place.cursor.revision = answer.number("revision")
            if answer.get("has_more") is not True:
                break
        place.caught_up()

    def _move(self) -> None:
        if self._home is None:
            self._instance = self._dice.randrange(len(self.setting.subject.urls))

    async def _hang_up(self) -> None:
        if self.devices:
            await self.device.close()


class _Tap(Inbox):
    """An inbox that passes messages on and keeps only what a connection begins with."""

    def __init__(self, owner: str, talker: Talker) -> None:
        super().__init__(owner)
        self._talker = talker

    def add(self, means: str, name: str, facts: Facts) -> None:
        if means in KINDS:
            self._talker.hear(self.owner, KINDS[means], facts)
        elif means.startswith("session."):
            super().add(means, name, facts)
