"""A randomised workload: many users who talk in many conversations, with everything on record for the checkers."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from palaver_conformance.errors import Failure, HarnessError
from palaver_conformance.evidence.checkers import Finding, judge
from palaver_conformance.evidence.chronicle import (
    Acknowledged,
    Chronicle,
    Counted,
    Departed,
    Entered,
    Fresh,
    Message,
    Received,
    Sent,
)
from palaver_conformance.facts import Facts
from palaver_conformance.people.accounts import newcomer
from palaver_conformance.people.talker import Talker
from palaver_conformance.setting import Setting

NEEDS = ("message.send@socket", "message.created", "message.sync", "message.history", "conversation.create")

T = TypeVar("T")

_AT_A_TIME = 16
_POLL = 0.05
_MOVES = ("send", "edit", "delete", "mark", "membership")


@dataclass(frozen=True)
class Plan:
    """How large the crowd is, and how busy.

    `pace` is the mean time in seconds between two deeds of a user. Each conversation has `size` members who stay, and
    a visitor whom its owner removes and adds again, if `visitors`.
    """

    users: int = 12
    size: int = 6
    pace: float = 0.3
    visitors: bool = True
    seed: int = 0
    weights: Sequence[int] = (80, 8, 4, 6, 2)


@dataclass
class Room:
    """A conversation: its owner is the first of its members."""

    id: str
    members: list[Talker]
    visitor: Talker | None
    inside: bool = True


@dataclass
class Figures:
    """What a crowd has done and seen. `repeated` are attempts of any kind that had no answer and were made again."""

    acknowledged: int
    deliveries: int
    reconnects: int
    refusals: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    repeated: int = 0


class Crowd:
    """Users who follow their conversations; `talk()` until told to `settle()`, then `judge()`, and always `close()`."""

    def __init__(self, setting: Setting, plan: Plan) -> None:
        self.setting = setting
        self.plan = plan
        self.chronicle = Chronicle()
        self.talkers: list[Talker] = []
        self.rooms: list[Room] = []
        self._dice = random.Random(plan.seed)  # noqa: S311 - to be repeatable, not secret
        self._following: list[asyncio.Task[None]] = []
        self._talking: list[asyncio.Task[None]] = []
        self._quiet = asyncio.Event()

    async def gather(self) -> None:
        """Make the users and their conversations, and have everybody connected."""
        count = max(1, self.plan.users // self.plan.size)
        groups = [self.plan.size] * count
        for number in range(self.plan.users - count * self.plan.size):
            groups[number % count] += 1
        names = [f"user{number}" for number in range(sum(groups))]
        self.talkers = await some_at_a_time([self._talker(name, listens=False) for name in names])
        visitors: list[Talker] = []
        if self.plan.visitors and self.setting.contract.has("participant.remove"):
            made = [self._talker(f"visitor{number}", listens=True) for number in range(count)]
            visitors = await some_at_a_time(made)
        everybody = [*self.talkers, *visitors]
        self._following = [asyncio.create_task(each.follow()) for each in everybody]
        await self._until(lambda: all(each.present for each in everybody), "everybody to be connected")
        waiting = iter(self.talkers)
        parts = [[next(waiting) for _ in range(size)] for size in groups]
        guests: list[Talker | None] = [*visitors, *([None] * (count - len(visitors)))]
        self.rooms = await some_at_a_time([self._room(part, guest) for part, guest in zip(parts, guests, strict=True)])

    def talk(self) -> None:
        """Begin to send, edit, delete, read, remove and add, everybody at their own pace."""
        for room in self.rooms:
            for talker in room.members:
                self._talking.append(asyncio.create_task(self._talks(talker, room)))

    async def settle(self) -> None:
        """Stop talking, and return when all that was under way has been answered and everybody has caught up.

        What does not come to rest in time is left to the checkers. Then conversations are read afresh.
        """
        self._quiet.set()
        for task in self._talking:
            await self._within(task, "what was asked to be answered")
        self._talking.clear()
        markers = await asyncio.gather(*(self._mark_end(room) for room in self.rooms))
        ends = {marker.conversation: marker.sequence or 0 for marker in markers}
        self._check_following()
        try:
            async with asyncio.timeout(self.setting.timing.healing + self.setting.timing.reply):
                while not all(  # noqa: ASYNC110 - it is a state of many
                    talker.present and talker.places[room.id].cursor.sequence >= ends[room.id]
                    for room in self.rooms
                    for talker in room.members
                ):
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            # Whoever never hears of the last message is found by the checkers, by name.
            pass
        await some_at_a_time([self._read_afresh(room) for room in self.rooms])

    def judge(self) -> dict[str, list[Finding]]:
        """Return the findings of every checker, and what broke the documents."""
        found = judge(self.chronicle)
        found["documents"] = [Finding("documents", each) for each in self.setting.oracle.violations]
        return found

    def ensure_sound(self) -> None:
        """Raise Failure with the findings, if there are any."""
        found = [str(finding) for findings in self.judge().values() for finding in findings]
        if found:
            expected = "nothing to be lost, doubled, reordered, leaked or miscounted"
            raise Failure(expected, [*found[:20], f"{len(found)} findings in all"])

    def figures(self) -> Figures:
        """Return what has been done so far."""
        return Figures(
            acknowledged=sum(1 for _ in self.chronicle.all(Acknowledged)),
            deliveries=sum(1 for _ in self.chronicle.all(Received)),
            reconnects=sum(each.reconnects for each in self._everybody()),
            refusals=sum((each.refusals for each in self._everybody()), Counter[str]()),
            sent=sum(1 for _ in self.chronicle.all(Sent)),
            repeated=sum(each.repeated for each in self._everybody()),
        )

    async def close(self) -> None:
        """End all connections."""
        for task in (*self._talking, *self._following):
            task.cancel()
        await asyncio.gather(*self._talking, *self._following, return_exceptions=True)
        await asyncio.gather(*(each.leave_stage() for each in self._everybody()))

    def _everybody(self) -> list[Talker]:
        return [*self.talkers, *(room.visitor for room in self.rooms if room.visitor is not None)]

    async def _talker(self, name: str, *, listens: bool) -> Talker:
        actor = await newcomer(name, self.setting)
        dice = random.Random(self._dice.random())  # noqa: S311
        return Talker(name, self.setting, actor.account, self.chronicle, dice, listens=listens)

    async def _room(self, members: list[Talker], visitor: Talker | None) -> Room:
        guests = [*members, *([visitor] if visitor is not None else [])]
        owner, *others = guests
        values = {"type": "group", "users": [other.user for other in others]}
        made = (await owner.insist("conversation.create", values)).facts("conversation")
        for each in guests:
            self.chronicle.add(Entered(each.user, made.id))
            each.enter_place(made.id)
        return Room(made.id, members, visitor)

    async def _talks(self, talker: Talker, room: Room) -> None:
        dice = random.Random(self._dice.random())  # noqa: S311
        number = 0
        while True:
            try:
                async with asyncio.timeout(dice.expovariate(1 / self.plan.pace)):
                    await self._quiet.wait()
            except TimeoutError:
                number += 1
                move = dice.choices(_MOVES, self.plan.weights)[0]
                await self._move(move, talker, room, dice, f"{talker.name} {number}")
            else:
                return

    async def _move(self, move: str, talker: Talker, room: Room, dice: random.Random, content: str) -> None:
        contract = self.setting.contract
        if move == "edit" and talker.own and contract.has("message.edit"):
            await talker.change(dice.choice(talker.own), f"{content}, edited")
        elif move == "delete" and talker.own and contract.has("message.delete"):
            await talker.withdraw(dice.choice(talker.own))
        elif move == "mark" and contract.has("receipt.mark") and talker.places[room.id].cursor.last:
            values = {"conversation": room.id, "message": talker.places[room.id].cursor.last}
            await talker.insist("receipt.mark", values)
        elif move == "membership" and room.visitor is not None and talker is room.members[0]:
            await self._toggle(room, room.visitor)
        else:
            await talker.say(room.id, content)

    async def _toggle(self, room: Room, visitor: Talker) -> None:
        values = {"conversation": room.id, "user": visitor.user}
        owner = room.members[0]
        if room.inside:
            await owner.insist("participant.remove", values, done="NOT_FOUND")
            self.chronicle.add(Departed(visitor.user, room.id))
        else:
            self.chronicle.add(Entered(visitor.user, room.id))
            await owner.insist("participant.add", values, done="CONFLICT")
        room.inside = not room.inside

    async def _mark_end(self, room: Room) -> Message:
        said = asyncio.create_task(room.members[0].say(room.id, "the end"))
        await self._within(said, "the last message to be acknowledged")
        return said.result()

    async def _read_afresh(self, room: Room) -> None:
        """Read the whole conversation once, for all its members, and count what each has not read."""
        reader = self._dice.choice(room.members)
        messages: list[Message] = []
        before: str | None = None
        while True:
            page = await reader.insist("message.history", {"conversation": room.id, "before": before})
            found = page.many("messages")
            messages[:0] = [Message.of(each) for each in found]
            if page.get("has_more") is not True or not found:
                break
            before = found[0].id
        for member in room.members:
            self.chronicle.add(Fresh(member.user, room.id, tuple(messages)))
            if self.setting.contract.has("receipt.unread"):
                await self._count(member, room)

    async def _count(self, member: Talker, room: Room) -> None:
        answer: Facts = await member.insist("receipt.unread", {"conversation": room.id})
        read = answer.get("sequence")
        read = read if isinstance(read, int) else 0
        self.chronicle.add(Counted(member.user, room.id, answer.number("unread"), read))

    async def _within(self, task: asyncio.Task[T], what: str) -> None:
        patience = self.setting.timing.launch
        done, _ = await asyncio.wait([task], timeout=patience)
        if not done:
            raise Failure(f"{what} within {patience:g} s", self._where())
        task.result()

    async def _until(self, holds: Callable[[], bool], what: str) -> None:
        patience = self.setting.timing.launch
        try:
            async with asyncio.timeout(patience):
                while not holds():
                    self._check_following()
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            raise Failure(f"{what} within {patience:g} s", self._where()) from None

    def _check_following(self) -> None:
        for task in self._following:
            if task.done():
                error = task.exception()
                raise HarnessError(f"a user stopped following: {error!r}") from error

    def _where(self) -> list[str]:
        """Return who is not connected, and why they were refused."""
        away = [each.name for each in self._everybody() if not each.present]
        return [f"not connected: {', '.join(away) or 'nobody'}", f"refusals: {dict(self.figures().refusals)}"]


async def some_at_a_time(made: Sequence[Awaitable[T]], at_a_time: int = _AT_A_TIME) -> list[T]:
    """Await all of them, no more than so many at the same time, and return their results."""
    turns = asyncio.Semaphore(at_a_time)

    async def turn(each: Awaitable[T]) -> T:
        async with turns:
            return await each

    return await asyncio.gather(*(turn(each) for each in made))
