"""Tokens that somebody has tampered with. It takes no secret to make them: everybody has a token to begin with."""

import secrets

from palaver_conformance.errors import Failure
from palaver_conformance.people.accounts import altered, opened, secret_key, sign
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario
from palaver_conformance.scenarios.auth import refused_connection

_SOURCE = "design, Sessions: algorithm pinned, unknown kid bounded"
_WHO = ("sub", "externalUserId")


@scenario("auth.token.altered", source=_SOURCE, needs=("session.error", "message.send@socket"))
async def a_token_that_was_altered_is_refused(stage: Stage, newcomer: Actor) -> None:
    """A token is good as it was signed: with no other user, no other key or algorithm, and no key that it brings."""
    good = newcomer.account.access_token
    _, claims = opened(good)
    victim = await stage.newcomer("victim")
    theirs = {**claims, **{name: victim.user for name in _WHO if name in claims}}
    own = secrets.token_hex(16)
    forged = {
        "names somebody else": altered(good, claims=theirs),
        "names a key that nobody has": altered(good, head={"kid": secrets.token_hex(8)}),
        "has no signature": sign(theirs, "", "none"),
        "is signed with nothing": sign(theirs, ""),
        "brings the key that has signed it": sign(theirs, own, jwk=secret_key(own)),
    }
    for what, token in forged.items():
        newcomer.setting.trace.hide(token)
        try:
            await refused_connection(newcomer, token)
        except Failure as failure:
            raise Failure(f"a token that {what} to be refused: {failure.expected}", failure.arrived) from None
    await newcomer.connect()
