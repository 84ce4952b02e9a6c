"""Negatives: each field of each request missing, null, of the wrong type or out of bounds, and one that is unknown."""

import json
from collections.abc import Sequence
from dataclasses import replace

from palaver_conformance.contract.calls import CallOperation
from palaver_conformance.contract.model import VIAS, Contract, HttpOperation, Operation, SocketOperation, Via
from palaver_conformance.errors import Failure, NotApplicable
from palaver_conformance.expectation import admitted, equal, refused
from palaver_conformance.generated.casting import Case, prepared
from palaver_conformance.generated.payloads import Wrong, can_be_wrong, wrongs
from palaver_conformance.generated.policy import ALLOWED
from palaver_conformance.generated.requests import values
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import Scenario, scenario

CAPABILITY = "negatives"
_CODE = "VALIDATION_ERROR"
ELSEWHERE = (
    "account.register",
    "account.login",
    "account.refresh",
    "account.logout",
    "account.me",
    "user.get",
    "session.validate",
    "session.ping",
    "service.health",
    "conversation.create",
    "conversation.list",
)


def negatives() -> list[Scenario]:
    """Return a scenario for each operation of the vocabulary and each transport."""
    return [_scenario(means, via) for means in (*ELSEWHERE, *ALLOWED) for via in VIAS]


def worth_trying(contract: Contract, operation: Operation) -> bool:
    """Tell whether anything can be wrong with a request, and no other operation sends the same."""
    same = next(each for each in contract.operations if (each.name, each.via) == (operation.name, operation.via))
    return same is operation and can_be_wrong(operation, tag=_tag(contract))


def _scenario(means: str, via: Via) -> Scenario:
    @scenario(
        f"{CAPABILITY}.{means.replace('.', '-')}.{via}",
        source="error catalogue, VALIDATION_ERROR; the schema of the request",
        needs=(f"{means}@{via}",),
    )
    async def bad_requests_are_refused(stage: Stage) -> None:
        """Name each field that is missing, unknown, of the wrong type or outside its bounds, and change nothing."""
        operation = stage.setting.contract.operation(means, via)
        case = await prepared(stage, operation)
        good = values(operation, case.caller, case.matter)
        async with case.observation:
            for wrong in _sendable(stage.setting.contract, operation, operation.payload(good)):
                await _tried(case.caller, operation, wrong)
        await _nothing_made(case, operation)
        # So many bad requests may have used up what one user may ask for.
        await admitted(lambda: case.caller.perform(means, good, via=via), stage.setting.timing.expiry)

    return replace(
        bad_requests_are_refused,
        title=f"bad requests for {means} over {via} are refused",
        requirement=(
            "A field is missing, unknown, of the wrong type or outside its bounds; details.fields names each."
            f" Nothing changes, and a good request for {means} is carried out afterwards."
        ),
    )


def _sendable(contract: Contract, operation: Operation, payload: dict[str, object]) -> Sequence[Wrong]:
    """Return what is wrong and can be said on the wire: protobuf has no way to say some of it."""
    found = wrongs(operation, payload, tag=_tag(contract))
    if not isinstance(operation, CallOperation) or contract.calls is None:
        return found
    sendable = []
    for wrong in found:
        try:
            contract.calls.messages.encode(operation.name, wrong.payload)
        except NotApplicable:
            continue
        sendable.append(wrong)
    return sendable


async def _tried(caller: Actor, operation: Operation, wrong: Wrong) -> None:
    """Send a bad request, and fail unless it is refused for the field that is wrong."""
    try:
        trying = admitted(lambda: caller.submit(operation, wrong.payload), caller.setting.timing.expiry)
        refusal = await refused(trying, _CODE)
    except Failure as failure:
        raise Failure(f"{failure.expected}, as {wrong.what}", failure.arrived) from None
    if wrong.field is not None and _has_details(caller.setting.contract, operation):
        told = json.dumps(refusal.details)
        if wrong.field not in told:
            raise Failure(f"the refusal of {operation.name} to name {wrong.field}, as {wrong.what}", (told,))


def _has_details(contract: Contract, operation: Operation) -> bool:
    """Tell whether the documents have a place for details in the refusal of an operation."""
    if isinstance(operation, CallOperation):
        return operation.refusal is not None and "details" in operation.refusal.places
    if isinstance(operation, HttpOperation):
        answer = operation.answers.get(contract.codes.get(_CODE, 0))
        return answer is not None and answer.has_field("details")
    if isinstance(operation, SocketOperation) and operation.refusal is not None:
        return operation.refusal.has_field("details")
    return contract.has("session.error") and contract.event("session.error").has_place("error.details")


async def _nothing_made(case: Case, operation: Operation) -> None:
    """Fail if there is a conversation of somebody who has made none; where all see all, it is known by its name."""
    if operation.means != "conversation.create" or not case.caller.setting.contract.has("conversation.list"):
        return
    listed = (await case.caller.conversations()).many("conversations")
    own = "users" in operation.fields
    equal([each for each in listed if own or each.get("name") == case.matter.name], [], "the conversations made")


def _tag(contract: Contract) -> str | None:
    return contract.handshake.tag if contract.handshake is not None else None
