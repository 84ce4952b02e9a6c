"""What becomes of passwords and tokens: how often one may guess, and where they are never written."""

import secrets
from contextlib import suppress

from palaver_conformance.errors import Failure, NotApplicable, Refused
from palaver_conformance.expectation import ensure, equal
from palaver_conformance.people.account import Account
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import BUSY, scenario

_GUESSES = 60
_PARTS = 12


@scenario(
    "limits.sign-ins.rate",
    source="error catalogue, RATE_LIMITED; an unknown user and a wrong password get the same answer",
    needs=("account.register", "account.login"),
    tags=(BUSY,),
)
async def guessing_passwords_is_limited_and_tells_nobody_apart(stage: Stage, registered: Actor) -> None:
    """Guessing is held up, for a name that exists as for one that does not, and only for that name."""
    unknown = f"nobody-{secrets.token_hex(6)}"
    said = {name: await _guess(registered, name) for name in (registered.account.name, unknown)}
    for name, refusals in said.items():
        what = "somebody" if name != unknown else "nobody"
        ensure(refusals[-1].code == "RATE_LIMITED", f"a limit within {_GUESSES} guesses for {what}", refusals[-1])
        equal({each.code for each in refusals[:-1]}, {"UNAUTHORIZED"}, f"the reasons before the limit, for {what}")
    known, other = (refusals[-1] for refusals in said.values())
    equal(other.message, known.message, "what is said of somebody who does not exist")
    bystander = await stage.registered("bystander")
    await bystander.perform(
        "account.login", {"name": bystander.account.name, "password": bystander.account.password or ""}
    )


@scenario("auth.token.unlogged", source="house rules: tokens never in logs, query strings included")
async def no_token_and_no_password_is_logged(stage: Stage, newcomer: Actor) -> None:
    """Tokens never appear in the log, good or bad, wherever they were put; nor do passwords."""
    topology = stage.setting.subject.topology
    if topology is None:
        raise NotApplicable("the log of a server is known only where the harness has started it")
    contract = stage.setting.contract
    bad = f"{secrets.token_urlsafe(24)}.{secrets.token_urlsafe(24)}.{secrets.token_urlsafe(24)}"
    planted = {"a token": newcomer.account.access_token, "a token that is refused": bad}
    if contract.handshake is not None:
        for place in ("auth", "query", "header"):
            for token in planted.values():
                # Not every document has every place, and a bad token is to be refused.
                with suppress(NotApplicable, Failure):
                    device = await newcomer.dial({place: token})
                    if token != bad:
                        await device.alive()
                    await device.close()
    for means in ("account.me", "conversation.list"):
        if contract.has(f"{means}@http"):
            for token in planted.values():
                user = Actor("somebody", newcomer.setting, Account("somebody", newcomer.user, token))
                with suppress(Refused):
                    await user.perform(means, via="http")
    if contract.has("account.register") and contract.has("account.login"):
        user = await stage.registered("registered")
        password = user.account.password or ""
        planted |= {"a password": password, "a token of a session": user.account.access_token}
        if user.account.refresh_token is not None:
            planted["a refresh token"] = user.account.refresh_token
        for given in (password, bad):
            with suppress(Refused):
                await user.perform("account.login", {"name": user.account.name, "password": given})
    for instance in topology.instances:
        log = instance.process.log.read_text(encoding="utf-8", errors="replace")
        found = [what for what, secret in planted.items() if any(part in log for part in _parts(secret))]
        ensure(not found, "a log without tokens and passwords", *(f"{what} is in it" for what in found))


async def _guess(user: Actor, name: str) -> list[Refused]:
    """Try wrong passwords until it is too much; return all refusals, at most so many."""
    refusals: list[Refused] = []
    while len(refusals) < _GUESSES and not (refusals and refusals[-1].code == "RATE_LIMITED"):
        try:
            await user.perform("account.login", {"name": name, "password": f"a wrong guess {len(refusals)}"})
        except Refused as refusal:
            refusals.append(refusal)
        else:
            raise Failure("a wrong password to be refused", ("it was accepted",))
    return refusals


def _parts(secret: str) -> list[str]:
    """Return what must not be read of a secret: the parts of a token that are its own, or the whole of it."""
    parts = secret.split(".")
    # The first part of a JSON Web Token is the same for all of them.
    return [each for each in parts[1:] if len(each) >= _PARTS] or [secret]
