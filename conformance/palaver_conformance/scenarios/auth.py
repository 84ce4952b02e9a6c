"""Who may connect, and how sessions begin and end."""

import secrets
import time
from collections.abc import Mapping

from palaver_conformance.contract.model import Place
from palaver_conformance.errors import Failure, NotApplicable, Refused
from palaver_conformance.expectation import ensure, equal, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.account import Account
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.device import Device
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

_MALFORMED = "eyJhbGciOiJIUzI1NiJ9.bm90LWEtdG9rZW4.AAAA"
_GREETED = ("session.ready", "session.error")
_REFUSED = ("session.error", "message.send@socket")
_SESSIONS = "design, Sessions: algorithm pinned, exp and nbf checked; a token that expires closes its sockets"
_UNSIGNED = ("none", "None", "NONE", "nOnE")
_HOUR = 3600
# In seconds: long enough to connect with the token, short enough to wait for its end.
_BRIEF = 4


@scenario("auth.connect.valid", case="G1", source="Phase 4 guide, Test 1", needs=_GREETED)
async def a_valid_token_connects(stage: Stage) -> None:
    """'connected' event with userId, socketId, rooms count; no 'error' event; socket remains connected."""
    alice, bob = await stage.newcomer("alice"), await stage.actor("bob")
    for _ in range(2):
        if bob.makes_groups:
            await bob.create(alice)
    await alice.dial(alice.account.access_token)
    ready = await alice.expect("session.ready")
    equal(ready.index, 0, "the place of the first event")
    equal(ready.facts.ident("user"), alice.user, "the user")
    ready_has = alice.setting.contract.event("session.ready").has_place
    if ready_has("socket"):
        ensure(bool(ready.facts.text("socket")), "the socket to have an identifier", ready.facts)
    if ready_has("rooms"):
        equal(ready.facts.number("rooms"), 2, "the number of rooms")
    await alice.alive()
    equal(len(alice.device.received("session.ready")), 1, "the number of greetings")
    equal(alice.device.received("session.error"), [], "error events")


@scenario("auth.connect.malformed", case="G2", source="Phase 4 guide, Test 2", needs=_REFUSED)
async def a_malformed_token_is_refused(newcomer: Actor) -> None:
    """'error' event with UNAUTHORIZED code; socket disconnected."""
    for token in (_MALFORMED, "not a token", newcomer.account.access_token[:-4] + "AAAA"):
        await refused_connection(newcomer, token)


@scenario("auth.connect.missing", case="G3", source="Phase 4 guide, Test 3", needs=_REFUSED)
async def a_missing_token_is_refused(newcomer: Actor) -> None:
    """'error' event with UNAUTHORIZED code; socket disconnected."""
    await refused_connection(newcomer, {})
    await refused_connection(newcomer, "")


@scenario("auth.connect.query", source="Phase 4 guide, Step 4.6", needs=_REFUSED)
async def a_token_in_the_query_connects(newcomer: Actor) -> None:
    """Priority 2: `socket.handshake.query.token`."""
    await _welcome(newcomer, await newcomer.connect("query"))


@scenario("auth.connect.header", source="Phase 4 guide, Step 4.6", needs=_REFUSED)
async def a_token_in_the_header_connects(newcomer: Actor) -> None:
    """Priority 3: `socket.handshake.headers.authorization` (extract Bearer token)."""
    await _welcome(newcomer, await newcomer.connect("header"))


@scenario("auth.connect.priority", source="Phase 4 guide, Step 4.6", needs=_GREETED)
async def the_first_place_of_a_token_wins(stage: Stage) -> None:
    """Priority 1: handshake auth; priority 2: query; priority 3: authorization header."""
    alice, bob = await stage.newcomer("alice"), await stage.newcomer("bob")
    theirs = bob.account.access_token
    for device in (
        await alice.connect("auth", also={"query": theirs, "header": theirs}),
        await alice.connect("query", also={"header": theirs}),
    ):
        equal(device.received("session.ready")[0].facts.ident("user"), alice.user, "the user")


@scenario("auth.refused.secret", source="house rules: tokens never appear in errors", needs=_REFUSED)
async def a_refused_token_is_not_repeated(newcomer: Actor) -> None:
    """Tokens never appear in errors."""
    error = await refused_connection(newcomer, _MALFORMED)
    parts = [part for part in _MALFORMED.split(".") if part in repr(error)]
    equal(parts, [], "parts of the token in the error")


@scenario("auth.token.forged", source=_SESSIONS, needs=_REFUSED)
async def a_token_that_only_looks_good_is_refused(stage: Stage, newcomer: Actor) -> None:
    """A token is signed with the secret, is good already and has not expired; unsigned ones are nobody's."""
    now = int(time.time())
    forged = {
        **{f"is unsigned ({each})": stage.token(newcomer, algorithm=each) for each in _UNSIGNED},
        "another secret has signed": stage.token(newcomer, secret=secrets.token_hex(32)),
        "has expired": stage.token(newcomer, iat=now - 2 * _HOUR, exp=now - _HOUR),
        "is not good yet": stage.token(newcomer, nbf=now + _HOUR, exp=now + 2 * _HOUR),
    }
    for what, token in forged.items():
        try:
            await refused_connection(newcomer, token)
        except Failure as failure:
            raise Failure(f"a token that {what} to be refused: {failure.expected}", failure.arrived) from None


@scenario("auth.token.expires", source=_SESSIONS, needs=_REFUSED, slow=True)
async def a_connection_ends_with_its_token(stage: Stage, newcomer: Actor) -> None:
    """A token that expires closes its sockets: expiry during a connection stops sends and receives."""
    newcomer.account.access_token = stage.token(newcomer, exp=int(time.time()) + _BRIEF)
    device = await newcomer.connect()
    error = (await device.expect("session.error", patience=newcomer.setting.timing.expiry)).facts.facts("error")
    equal(error.text("code"), "UNAUTHORIZED", "the code of the refusal")
    await device.closed()


@scenario(
    "auth.token.validated", source="AetherConnect Phase 4, AuthService.ValidateToken", needs=("session.validate",)
)
async def a_token_can_be_looked_into(newcomer: Actor) -> None:
    """Validate token with Auth Service: success, isValid and the user."""
    found = await newcomer.perform("session.validate", {"token": newcomer.account.access_token})
    equal(found.get("valid", True), True, "whether a good token is good")
    equal(found.ident("user"), newcomer.user, "whom it stands for")
    try:
        bad = await newcomer.perform("session.validate", {"token": _MALFORMED})
    except Refused as refusal:
        equal(refusal.code, "UNAUTHORIZED", "the reason why a bad token is refused")
    else:
        equal(bad.get("valid", False), False, "whether a bad token is good")


@scenario("auth.request.missing", source="REST document, security")
async def a_request_without_a_good_token_is_refused(newcomer: Actor) -> None:
    """Send the access token as `Authorization: Bearer …`; absent or malformed, it is UNAUTHORIZED."""
    contract = newcomer.setting.contract
    asked = [each for each in ("account.me", "conversation.list") if contract.has(each)]
    if not asked:
        raise NotApplicable("the documents have no request that takes nothing but a token")
    for token in ("", _MALFORMED):
        nobody = Actor("nobody", newcomer.setting, Account("nobody", "", token))
        for means in asked:
            await refused(nobody.perform(means), "UNAUTHORIZED")
    for means in asked:
        await newcomer.perform(means)
    if contract.has("account.me"):
        equal((await newcomer.me()).id, newcomer.user, "the user")


@scenario("auth.register.duplicate", source="REST document, register", needs=("account.register",))
async def a_name_is_given_once(registered: Actor) -> None:
    """Name to sign in with, unique without regard to case; a taken one is CONFLICT."""
    password = "another long password"  # noqa: S105 - made up, for an account that must not come to be
    for name in (registered.account.name, registered.account.name.upper()):
        values = {"name": name, "password": password}
        await refused(registered.perform("account.register", values), "CONFLICT")


@scenario("auth.login.same-answer", source="REST document, login", needs=("account.register", "account.login"))
async def an_unknown_user_and_a_wrong_password_get_the_same_answer(registered: Actor) -> None:
    """An unknown user and a wrong password get the same answer."""
    known = {"name": registered.account.name, "password": registered.account.password}
    session = await _session(registered, known)
    equal(session.facts("user").id, registered.user, "the user of the new session")
    wrong = await refused(registered.perform("account.login", {**known, "password": "wrong password"}), "UNAUTHORIZED")
    unknown = await refused(registered.perform("account.login", {**known, "name": "nobody-here"}), "UNAUTHORIZED")
    equal((unknown.message, unknown.details), (wrong.message, wrong.details), "the answer")


@scenario("auth.refresh.rotates", source="REST document, refresh", needs=("account.refresh", "account.me"))
async def a_refresh_token_works_once(registered: Actor) -> None:
    """Each refresh token works once."""
    first = _refresh_token(registered)
    session = await registered.refresh(first)
    ensure(session.text("refresh_token") != first, "a new refresh token")
    registered.account.access_token = session.text("access_token")
    equal((await registered.me()).id, registered.user, "the user")
    await registered.connect()


@scenario("auth.refresh.reuse", source="REST document, refresh", needs=("account.refresh",))
async def a_reused_refresh_token_ends_the_session(registered: Actor) -> None:
    """Using one a second time ends the whole session, as one of the two who hold it stole it."""
    first = _refresh_token(registered)
    second = (await registered.refresh(first)).text("refresh_token")
    await refused(registered.refresh(first), "UNAUTHORIZED")
    await refused(registered.refresh(second), "UNAUTHORIZED")


@scenario("auth.logout.closes", source="REST document, logout", needs=("account.logout", "session.ready"))
async def logging_out_closes_the_sockets(registered: Actor, bob: Actor) -> None:
    """Its tokens stop working, and its socket connections are closed."""
    desk, phone = await registered.connect(), await registered.connect()
    await registered.log_out()
    await desk.closed()
    await phone.closed()
    await refused(registered.me(), "UNAUTHORIZED")
    await refused_connection(registered, registered.account.access_token)
    if registered.account.refresh_token is not None:
        await refused(registered.refresh(registered.account.refresh_token), "UNAUTHORIZED")
    await bob.alive()


async def refused_connection(user: Actor, tokens: Mapping[Place, str] | str) -> Facts:
    """Connect with these tokens, and return the error event behind which the server hangs up."""
    device = await user.dial(tokens)
    error = (await device.expect("session.error")).facts.facts("error")
    equal(error.text("code"), "UNAUTHORIZED", "the code of the refusal")
    await device.closed()
    equal(device.received("session.ready"), [], "greetings of a refused connection")
    return error


async def _welcome(user: Actor, device: Device) -> None:
    """Fail unless a connection works, and is the user's, as far as its greeting says."""
    await device.alive()
    for greeting in device.received("session.ready"):
        equal(greeting.facts.ident("user"), user.user, "the user")


async def _session(user: Actor, credentials: dict[str, str | None]) -> Facts:
    session = (await user.perform("account.login", credentials)).facts("session")
    for name in ("access_token", "refresh_token"):
        # Documents without refreshing have no token for it.
        if name in session:
            user.setting.trace.hide(session.text(name))
    return session


def _refresh_token(user: Actor) -> str:
    token = user.account.refresh_token
    if token is None:
        raise NotApplicable("users come with a token of their own, without a refresh token")
    return token
