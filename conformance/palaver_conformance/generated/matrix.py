"""The authorisation matrix: {owner, member, ex-member, stranger, anonymous} x every operation x every transport."""

import asyncio
from collections.abc import Awaitable
from contextlib import nullcontext
from dataclasses import dataclass, replace

from palaver_conformance.contract.model import VIAS, Contract, Operation, Via
from palaver_conformance.errors import Failure, Refused
from palaver_conformance.expectation import equal, refused
from palaver_conformance.facts import Facts
from palaver_conformance.generated.observation import unchanged
from palaver_conformance.generated.policy import ALLOWED, OUTSIDE, READING, Person, names_something, refusal
from palaver_conformance.generated.requests import Matter, values
from palaver_conformance.people.account import Account
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import Scenario, scenario

CAPABILITY = "matrix"
_SHIFTED = str.maketrans("0123456789abcdef", "5678901234bcdefa")
_SHIFTS = 8


@dataclass(frozen=True)
class _Cast:
    """Everybody who can be made with the documents, and what they ask about."""

    people: dict[Person, Actor]
    matter: Matter

    async def ask(self, person: Person, operation: Operation, matter: Matter) -> Facts:
        """Have somebody ask for an operation; nobody is to remove themselves, which is leaving."""
        caller = self.people[person]
        if person is Person.MEMBER and operation.means == "participant.remove":
            matter = replace(matter, other=self.people[Person.OWNER])
        return await caller.perform(operation.means, values(operation, caller, matter), via=operation.via)


def matrix() -> list[Scenario]:
    """Return a scenario for each operation of the policy and each transport."""
    return [_scenario(means, via) for means in ALLOWED for via in VIAS]


def worth_trying(_: Contract, operation: Operation) -> bool:
    """Tell whether an operation names something that people can be in or outside of."""
    return names_something(operation)


def _scenario(means: str, via: Via) -> Scenario:
    needs = (f"{means}@{via}", "message.send", "message.created")

    @scenario(f"{CAPABILITY}.{means.replace('.', '-')}.{via}", source="ADR 6; the policy by meaning", needs=needs)
    async def carried_out_for_those_who_may(stage: Stage) -> None:
        """Everybody else is refused with the stated code, and nothing is stored or told."""
        contract = stage.setting.contract
        operation = contract.operation(means, via)
        cast = await _gathered(stage, operation)
        codes = {person: refusal(contract, operation, person) for person in cast.people}
        owner, member = cast.people[Person.OWNER], cast.people[Person.MEMBER]
        async with nullcontext() if means in READING else unchanged(stage, cast.matter.room, owner, member):
            for person, code in codes.items():
                if code is not None:
                    answer = await _refused(person, cast.ask(person, operation, cast.matter), code)
                    if person in OUTSIDE:
                        missing = await _refused(person, cast.ask(person, operation, _missing(cast.matter)), code)
                        equal(_told(missing), _told(answer), f"what a {person} is told of what does not exist")
        for person, code in codes.items():
            if code is None:
                await _carried_out(person, cast.ask(person, operation, cast.matter))

    may = ", ".join(sorted(ALLOWED[means])) or "no participant as such"
    return replace(
        carried_out_for_those_who_may,
        title=f"{means} over {via} is for those who may",
        requirement=(
            f"{means} is for: {may}. Others are refused: UNAUTHORIZED without a token; FORBIDDEN, or NOT_FOUND where"
            " only a message is named, for strangers and former members, the same as for what does not exist;"
            " FORBIDDEN for participants. What was refused is neither stored nor told. A conversation that is open to"
            " all can be joined by all."
        ),
    )


async def _gathered(stage: Stage, operation: Operation) -> _Cast:
    """Return the people around a conversation, the least entitled first, and a message of the member's."""
    contract = stage.setting.contract
    removes = contract.has("participant.remove")
    asks = stage.actor if operation.via == "socket" else stage.newcomer
    owner, member, stranger = await asyncio.gather(
        stage.actor(Person.OWNER), stage.actor(Person.MEMBER), asks(Person.STRANGER)
    )
    people = {Person.STRANGER: stranger, Person.MEMBER: member, Person.OWNER: owner}
    if owner.makes_groups and (removes or contract.has("participant.leave")):
        former = await (asks if removes else stage.actor)(Person.EX_MEMBER)
        room = await stage.room(owner, member, former)
        await (owner.remove(room, former) if removes else former.leave(room))
        people = {Person.EX_MEMBER: former, **people}
    else:
        room = await stage.room(owner, member)
    if _secured(operation):
        people = {Person.ANONYMOUS: Actor("anonymous", stage.setting, Account("anonymous", "", "")), **people}
    message = await member.send(room, "the member's own")
    return _Cast(people, Matter(room, message, member if operation.means == "participant.remove" else stranger))


def _secured(operation: Operation) -> bool:
    """Tell whether an operation can be asked for without a token: over a socket nobody gets so far."""
    return getattr(operation, "secured", False) is True


def _missing(matter: Matter) -> Matter:
    """Return a matter that does not exist, and looks as if it could."""

    def shifted(identity: str) -> str:
        return identity[:-_SHIFTS] + identity[-_SHIFTS:].translate(_SHIFTED)

    room = matter.room.having("id", shifted(matter.room.id))
    return replace(matter, room=room, message=matter.message.having("id", shifted(matter.message.id)))


def _told(refusal: Refused) -> tuple[str, str, dict[str, object]]:
    return refusal.code, refusal.message, dict(refusal.details)


async def _refused(person: Person, request: Awaitable[Facts], code: str) -> Refused:
    try:
        return await refused(request, code)
    except Failure as failure:
        raise Failure(f"{failure.expected}, for the {person}", failure.arrived) from None


async def _carried_out(person: Person, request: Awaitable[Facts]) -> None:
    try:
        await request
    except Failure as failure:
        raise Failure(f"{failure.expected}, for the {person}", failure.arrived) from None
