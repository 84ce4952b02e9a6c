"""Who asks for an operation, and what about, so that a good request is carried out."""

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Final

from palaver_conformance.contract.model import Operation
from palaver_conformance.generated.observation import unchanged
from palaver_conformance.generated.policy import READING, names_something
from palaver_conformance.generated.requests import Matter
from palaver_conformance.people.account import Account
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage

_OUTSIDERS: Final = ("participant.add", "conversation.create")


@dataclass(frozen=True)
class Case:
    """Who asks, what about, and what is not to change."""

    caller: Actor
    matter: Matter
    observation: AbstractAsyncContextManager[None]


async def prepared(stage: Stage, operation: Operation) -> Case:
    """Make somebody for whom a good request is carried out, and what it is about."""
    caller = await _caller(stage, operation)
    matter = Matter(name=f"new-{token_hex(6)}")
    named = {"user", "users", "recipient"} & operation.fields.keys()
    inside = operation.means == "user.get" or names_something(operation)
    if named or (inside and not caller.makes_groups):
        matter = replace(matter, other=await stage.newcomer("other"))
    if not inside:
        return Case(caller, matter, nullcontext())
    others = [matter.other] if isinstance(matter.other, Actor) and operation.means not in _OUTSIDERS else []
    room = await stage.room(caller, *others)
    matter = replace(matter, room=room)
    if {"id", "message", "sequence"} & operation.fields.keys():
        matter = replace(matter, message=await caller.send(room, "something to ask about"))
    if operation.means in (*READING, "user.get"):
        return Case(caller, matter, nullcontext())
    return Case(caller, matter, unchanged(stage, room, caller))


async def _caller(stage: Stage, operation: Operation) -> Actor:
    """Return somebody for whom a good request is carried out."""
    if operation.means == "account.register":
        return Actor("nobody", stage.setting, Account("nobody", "", ""))
    if operation.means in ("account.login", "account.refresh"):
        return await stage.registered("alice")
    if operation.means == "retention.cleanup":
        admin = await stage.administrator("admin")
        await admin.connect()
        return admin
    inside = operation.via == "socket" or operation.means == "user.get" or names_something(operation)
    return await (stage.actor if inside else stage.newcomer)("alice")
