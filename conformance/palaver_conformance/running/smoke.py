"""What is found out before any scenario: whether this is the server, the way in and the document that were meant.

Whatever is wrong here would fail every scenario, and would say nothing about the server's conformance. What is merely
wrong with the server is left to the scenarios.
"""

import asyncio

from palaver_conformance.errors import Failure, NotApplicable, Refused, Unreachable
from palaver_conformance.evidence.coverage import Coverage
from palaver_conformance.evidence.oracle import Oracle
from palaver_conformance.evidence.redaction import Redaction
from palaver_conformance.evidence.trace import Trace
from palaver_conformance.people.stage import Stage
from palaver_conformance.setting import Setting
from palaver_conformance.subject import Subject

_PAUSE = 0.2
_UNAUTHORIZED = "UNAUTHORIZED"
# An event with the code, a refused namespace, a refused WebSocket.
_REFUSALS = (_UNAUTHORIZED, "connect_error", "HTTP 401", "HTTP 403")
_NO_SUCH_ENDPOINT = ("404", "405", "501")
_HANDSHAKE = ("session.ready", "session.error")


async def smoke(subject: Subject) -> None:
    """Connect, get a user in, and listen for the greeting.

    Raises Unreachable, with what to do about it, when nothing listens there, when it is no such server, when the
    tokens are not good for it, or when it speaks by another document.
    """
    await _reached(subject)
    setting = Setting(
        subject,
        subject.contract,
        Oracle(subject.contract, Coverage(subject.contract)),
        Trace(redaction=Redaction(subject.secrets)),
        subject.timing,
    )
    stage = Stage(setting)
    try:
        await _first_use(stage)
    except NotApplicable:
        # Whatever it takes is not in the documents: the scenarios will say so.
        return
    except Refused as refusal:
        if refusal.code == _UNAUTHORIZED:
            _tokens_refused(setting, str(refusal.arrived[0]))
    except Failure as failure:
        _diagnose(setting, failure)
    finally:
        await stage.close()
        for each in setting.issued:
            if subject.issuer is not None:
                subject.issuer.take_back(each)


async def still_there(subject: Subject) -> None:
    """Raise Unreachable when the server is gone for good; one that is being started again is waited for."""
    deadline = asyncio.get_running_loop().time() + subject.timing.connect
    while True:
        try:
            await subject.reach(subject.timing.connect)
        except Failure:
            # It answers, whatever it says.
            return
        except Unreachable as error:
            if subject.topology is not None:
                _ended(subject)
            if asyncio.get_running_loop().time() > deadline:
                raise Unreachable(f"{_where(subject)}: {error}") from error
            await asyncio.sleep(_PAUSE)
        else:
            return


def _ended(subject: Subject) -> None:
    """Raise Unreachable, with the end of its log, when what was launched has ended by itself."""
    for instance in subject.disturbable.instances:
        process = instance.process
        if process.returncode is not None:
            raise Unreachable(f"{process.name} ended with exit code {process.returncode}\n{process.tail()}")


async def _reached(subject: Subject) -> None:
    try:
        await subject.reach(subject.timing.connect)
    except Failure as failure:
        arrived = "; ".join(failure.arrived)
        told = f"expected {failure.expected}, got {arrived}"
        handshake = subject.contract.handshake
        path = f", and that it serves {handshake.path} there" if handshake is not None else ""
        remedy = f"check that this is the chat server's address{path}"
        raise Unreachable(f"{_where(subject)} is no such server: {told}; {remedy}") from failure
    except Unreachable as error:
        remedy = "start the server, or correct the address"
        raise Unreachable(f"{_where(subject)} does not answer: {error}; {remedy}") from error


async def _first_use(stage: Stage) -> None:
    contract = stage.setting.contract
    user = await stage.newcomer("smoke")
    if contract.handshake is None:
        return
    device = await user.dial(user.account.access_token)
    if not contract.has("session.ready"):
        await device.alive()
    elif not contract.has("session.error"):
        await device.expect("session.ready")
    else:
        greeting = await device.expect_any(_HANDSHAKE)
        if greeting.means == "session.error" and greeting.facts.find("error.code") == _UNAUTHORIZED:
            _tokens_refused(stage.setting, f"event {greeting.name} with {_UNAUTHORIZED}")


def _diagnose(setting: Setting, failure: Failure) -> None:
    """Raise Unreachable when a failure comes of a wrong document or token."""
    arrived = "; ".join(failure.arrived)
    subject = setting.subject
    if setting.oracle.strangers:
        names = ", ".join(dict.fromkeys(setting.oracle.strangers))
        _wrong_document(subject, f"it begins with the event {names}, which they do not have")
    if "connect_error" in arrived and "namespace" in arrived.lower():
        _wrong_document(subject, f"it refuses to let a client in: {arrived}")
    heard = [each.text for each in setting.trace.entries if each.direction == "<-" and each.connection == "smoke/http"]
    if heard and heard[-1].startswith(_NO_SUCH_ENDPOINT):
        asked = next(each.text for each in reversed(setting.trace.entries) if each.direction == "->")
        request = " ".join(asked.split()[:2])
        _wrong_document(subject, f"{request} is answered with {heard[-1].split()[0]}")
    if any(sign in arrived for sign in _REFUSALS):
        _tokens_refused(setting, arrived)


def _wrong_document(subject: Subject, told: str) -> None:
    remedy = "choose the specification that is this server's, or correct the address"
    what = f"{_where(subject)} does not speak by these documents ({subject.contract.name})"
    raise Unreachable(f"{what}: {told}; {remedy}")


def _tokens_refused(setting: Setting, told: str) -> None:
    """Raise Unreachable when the tokens are the tester's: whom the server registered itself, it has to let in."""
    subject = setting.subject
    if subject.issuer is not None:
        what, remedy = "tokens of the subject file", "list tokens, or correct the command that makes them"
    elif subject.secret is not None:
        what, remedy = "tokens signed with the secret", "give the one that the server checks tokens with (HS256)"
    else:
        return
    text = setting.trace.redact(told)
    raise Unreachable(f"{_where(subject)} refuses {what}: {text}; {remedy}")


def _where(subject: Subject) -> str:
    return ", ".join(subject.urls)
