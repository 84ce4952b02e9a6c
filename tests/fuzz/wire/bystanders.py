"""Those who go on talking while strangers misbehave: one in each dialect, in one conversation."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from fuzz.target import Broken

from palaver_conformance.contract import sources
from palaver_conformance.errors import Failure
from palaver_conformance.evidence.coverage import Coverage
from palaver_conformance.evidence.oracle import Oracle
from palaver_conformance.evidence.trace import Trace
from palaver_conformance.facts import Facts
from palaver_conformance.people.accounts import newcomer
from palaver_conformance.people.actor import Actor
from palaver_conformance.setting import Setting
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing

_TIMING = Timing(30.0)
_PAUSE = 0.05


@dataclass
class Bystanders:
    """People who hear each other; `waits` are the seconds from each message to the last who heard it."""

    people: list[Actor]
    room: Facts
    waits: list[float] = field(default_factory=list)

    async def talk(self) -> None:
        """Say one thing after the other until cancelled; raises Broken when somebody does not hear it."""
        number = 0
        while True:
            await self.say(number)
            number += 1
            await asyncio.sleep(_PAUSE)

    async def say(self, number: int) -> None:
        """Have the next one say something, and everybody hear it."""
        person = self.people[number % len(self.people)]
        began = time.monotonic()
        try:
            sent = await person.send(self.room, f"undisturbed {number}")
            await asyncio.gather(*(each.expect("message.created", {"message.id": sent.id}) for each in self.people))
        except Failure as failure:
            raise Broken(f"a bystander is disturbed: {failure}") from failure
        self.waits.append(time.monotonic() - began)
        if violations := [each for person in self.people for each in person.setting.oracle.violations]:
            raise Broken(f"a bystander is sent what no document has: {violations[0]}")


@asynccontextmanager
async def bystanders(url: str, grpc: str, secret: str) -> AsyncIterator[Bystanders]:
    """Connect one of each dialect, all in one conversation."""
    async with AsyncExitStack() as stack:
        people: list[Actor] = []
        for name in sources.known():
            contract = sources.load(name)
            calls = (grpc,) if contract.calls is not None else ()
            subject = Subject((f"{url}/{name}",), contract, _TIMING, secret, None, calls)
            stack.push_async_callback(subject.close)
            # Of what they hear in minutes the latest is kept.
            setting = Setting(subject, contract, Oracle(contract, Coverage(contract)), Trace(limit=200), _TIMING)
            person = await newcomer(f"bystander-{name}", setting)
            stack.push_async_callback(person.disconnect)
            await person.connect()
            people.append(person)
        owner, *others = sorted(people, key=lambda each: not each.setting.contract.has("account.register"))
        made = await owner.create(*others)
        for person in people:
            await person.inhabit(made)
        yield Bystanders(people, Facts({"id": made.id}))
