"""For how long a server waits for those who do not go on: with a request, or with reading what they are sent."""

import asyncio

from palaver_conformance.contract.model import HttpOperation, Operation
from palaver_conformance.drivers.unfinished import cut_off
from palaver_conformance.errors import Failure, NotApplicable, Refused
from palaver_conformance.expectation import ensure
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

_EACH = "design, Limits: each has a setting, a metric and an error code"
_HEAD = "{method} {path} HTTP/1.1\r\nHost: {{host}}\r\n"
_BODY = "Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{{"
_MOST_BYTES = 2**22
_ROOM = (2**18, 2**21)
"""Bytes that may be on the way, in the systems of both sides: most have little, some have much."""

_LENGTHS = (4_000, 1_000, 250)
_AT_ONCE = 20
_PAUSE = 0.2
_PATIENCE = 5.0
"""Seconds, for what may not be sent yet: between two attempts, and in all."""


@scenario("limits.handshake.unfinished", source=_EACH, slow=True, limit="handshake")
async def a_request_that_does_not_go_on_is_cut_off(newcomer: Actor) -> None:
    """Handshake time: who does not finish the headers or the body of a request is cut off."""
    setting = newcomer.setting
    known = setting.subject.limits.handshake
    if known is None:
        raise NotApplicable("how long a server waits for a request is not known")
    unfinished = {"headers": _HEAD.format(method="GET", path="/") + "Accept: "}
    for each in setting.contract.operations:
        if isinstance(each, HttpOperation) and each.has_body and "{" not in each.path:
            head = _HEAD.format(method=each.method, path=each.path)
            unfinished["a body"] = head + _BODY.format(token=newcomer.account.access_token)
    waits = [
        cut_off(
            setting.subject.urls[0],
            beginning,
            setting.trace.wire(f"{newcomer.name}/{what}"),
            known + setting.timing.reply,
        )
        for what, beginning in unfinished.items()
    ]
    for what, ended in zip(unfinished, await asyncio.gather(*waits), strict=True):
        ensure(ended, f"who does not finish {what} to be cut off within {known} s", "the connection is still open")


@scenario("limits.outbound.unread", source=_EACH, needs=("message.send@socket", "message.created"), limit="unread")
async def who_does_not_read_is_cut_off(stage: Stage, alice: Actor, newcomer: Actor) -> None:
    """Outbound bytes by socket: slow readers are closed, and who reads hears everything."""
    known = alice.setting.subject.limits.unread
    if known is None or known > _MOST_BYTES:
        raise NotApplicable("how much may wait for a client that does not read is not known, or very much")
    reader = await newcomer.connect(slow=True)
    room = await stage.room(alice, newcomer)
    for more in _ROOM:
        reader.hold()
        await _send(alice, room, known + more)
        last = await alice.send(room, "the last one", via="socket")
        # Who reads hears it, and so the other one has been told everything, too.
        await alice.expect("message.created", {"message.id": last.id})
        reader.read_on()
        try:
            await reader.expect("message.created", {"message.id": last.id})
        except Failure:
            break
    ensure(not reader.open_still, f"who leaves more than {known} bytes unread to be cut off", "it is still connected")
    await alice.alive()


async def _send(user: Actor, room: Facts, size: int) -> None:
    """Send messages of so many bytes together; those for which it is too soon once more."""
    length = _longest(user.socket_operation("message.send"))
    until = asyncio.get_running_loop().time() + _PATIENCE
    for start in range(0, size, length * _AT_ONCE):
        contents = [f"{start + number:012}".ljust(length, "x") for number in range(_AT_ONCE)]
        while contents:
            burst = [user.send(room, each, via="socket") for each in contents]
            answers = await asyncio.gather(*burst, return_exceptions=True)
            contents = [each for each, answer in zip(contents, answers, strict=True) if _too_soon(answer)]
            for answer in answers:
                if isinstance(answer, BaseException) and not _too_soon(answer):
                    raise answer
            if contents:
                if asyncio.get_running_loop().time() > until:
                    raise NotApplicable("too few messages may be sent to leave so much unread")
                await asyncio.sleep(_PAUSE)


def _too_soon(answer: object) -> bool:
    return isinstance(answer, Refused) and answer.code == "RATE_LIMITED"


def _longest(operation: Operation) -> int:
    schema = operation.request.at(operation.fields["content"])
    for length in _LENGTHS:
        if schema is None or not schema.problems("x" * length):
            return length
    raise NotApplicable("messages are too short to be too much for anybody")
