"""Accounts, sessions and tokens."""

from datetime import datetime, timedelta

import pytest
from doubles.chat import PLENTY, Chat, caller

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.domain.errors import Conflict, NotFound, RateLimited, Unauthorized
from palaver_runtime.domain.events import SessionEnded
from palaver_runtime.domain.limits import Rate
from palaver_runtime.domain.values import Caller, Profile
from palaver_runtime.ports import Known
from palaver_runtime.services.accounts import REFRESH_TOKEN_DAYS, SignedIn
from palaver_runtime.services.limits import Rates
from palaver_runtime.services.sign_ins import SignInRates


async def register(chat: Chat, name: str = "Ann") -> SignedIn:
    """Create an account."""
    return await chat.accounts.register(name, "password", None)


async def test_registration_signs_in(chat: Chat) -> None:
    """Who registers has an account, and an access token that stands for it and its session."""
    signed_in = await chat.accounts.register("Ann", "password", "Ann A.")
    assert (signed_in.user.name, signed_in.user.display_name) == ("Ann", "Ann A.")
    assert signed_in.expires_in == 900
    me = await chat.accounts.authenticate(signed_in.access_token)
    assert me.user_id == signed_in.user.id
    assert me.profile == signed_in.user.profile
    assert me.session_id is not None
    assert me.expires_at == chat.clock.now().replace(microsecond=0) + timedelta(seconds=900)
    assert await chat.accounts.me(me) == signed_in.user


async def test_name_is_taken_in_any_case(chat: Chat) -> None:
    """Nobody can register a name that differs from another's in case alone."""
    await register(chat, "Ann")
    with pytest.raises(Conflict):
        await register(chat, "aNN")


async def test_login_takes_the_right_password(chat: Chat) -> None:
    """Name in any case and right password sign in, in a session of its own."""
    first = await register(chat, "Ann")
    second = await chat.accounts.login("ANN", "password")
    assert second.user == first.user
    sessions = {(await chat.accounts.authenticate(each.access_token)).session_id for each in (first, second)}
    assert len(sessions) == 2


async def test_unknown_name_and_wrong_password_are_not_told_apart(chat: Chat) -> None:
    """Both get the same answer, and a password is hashed for both."""
    await register(chat, "Ann")
    answers = []
    for name, password in [("ann", "wrong"), ("bob", "password")]:
        with pytest.raises(Unauthorized) as caught:
            await chat.accounts.login(name, password)
        answers.append(caught.value.message)
    assert answers[0] == answers[1]
    assert chat.passwords.verified == ["plain:password", None]


async def test_refresh_rotates_the_tokens(chat: Chat) -> None:
    """A refresh token is exchanged for the next one in the same session, time and again."""
    signed_in = await register(chat)
    session_id = (await chat.accounts.authenticate(signed_in.access_token)).session_id
    tokens = {signed_in.refresh_token}
    for _ in range(3):
        signed_in = await chat.accounts.refresh(signed_in.refresh_token)
        tokens.add(signed_in.refresh_token)
        assert (await chat.accounts.authenticate(signed_in.access_token)).session_id == session_id
    assert len(tokens) == 4
    assert chat.recorder.events == []


async def test_reuse_of_a_refresh_token_ends_the_session(chat: Chat) -> None:
    """A refresh token that comes back is in two hands: the session ends for both, and once."""
    first = await register(chat)
    other = await chat.accounts.login("Ann", "password")
    second = await chat.accounts.refresh(first.refresh_token)
    session_id = (await chat.accounts.authenticate(first.access_token)).session_id
    assert session_id is not None
    for token in (first.refresh_token, first.refresh_token, second.refresh_token):
        with pytest.raises(Unauthorized):
            await chat.accounts.refresh(token)
    assert chat.recorder.events == [SessionEnded(user_id=first.user.id, session_id=session_id)]
    for each in (first, second):
        with pytest.raises(Unauthorized, match="session has ended"):
            await chat.accounts.authenticate(each.access_token)
    assert (await chat.accounts.authenticate(other.access_token)).user_id == first.user.id


async def test_refresh_ends_with_the_session(chat: Chat) -> None:
    """After the days of a session its refresh token is not good any more."""
    signed_in = await register(chat)
    chat.clock.advance(days=REFRESH_TOKEN_DAYS)
    with pytest.raises(Unauthorized):
        await chat.accounts.refresh(signed_in.refresh_token)


@pytest.mark.parametrize("token", ["", "rt_unknown", "\ud800"])
async def test_unknown_refresh_token_is_refused(chat: Chat, token: str) -> None:
    """What was never issued is not good."""
    with pytest.raises(Unauthorized):
        await chat.accounts.refresh(token)


async def test_logout_ends_the_session(chat: Chat) -> None:
    """After signing out neither token works, and whoever holds connections is told."""
    signed_in = await register(chat)
    me = await chat.accounts.authenticate(signed_in.access_token)
    assert me.session_id is not None
    await chat.accounts.logout(me)
    assert chat.recorder.events == [SessionEnded(user_id=me.user_id, session_id=me.session_id)]
    with pytest.raises(Unauthorized, match="session has ended"):
        await chat.accounts.authenticate(signed_in.access_token)
    with pytest.raises(Unauthorized):
        await chat.accounts.refresh(signed_in.refresh_token)


async def test_token_of_another_service_cannot_sign_out(chat: Chat) -> None:
    """Without a session here there is none to end."""
    with pytest.raises(Unauthorized):
        await chat.accounts.logout(caller("ann"))
    assert chat.recorder.events == []


async def test_user_is_created_when_first_seen(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """A valid token of somebody unknown makes a user; from then on others can find them."""
    token, _ = chat.tokens.issue("ann", "s1", chat.clock.now())
    with pytest.raises(Unauthorized, match="session has ended"):
        await chat.accounts.authenticate(token)
    foreign = Caller(user_id="ann", expires_at=chat.clock.now())

    async def read(token: str, now: datetime) -> Caller:
        return foreign

    monkeypatch.setattr(chat.tokens, "read", read)
    for _ in range(2):
        assert await chat.accounts.authenticate("foreign") == foreign
    user = await chat.accounts.me(foreign)
    assert (user.id, user.name, user.created_at) == ("ann", None, chat.clock.now())


async def test_who_connects_is_known_in_one_reading(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the token says and what is known give what authenticating does, and the conversations; it is one attempt."""
    ann = (await register(chat, "Ann")).access_token
    me = await chat.accounts.authenticate(ann)
    place = await chat.group(me.user_id)
    counts, readings = chat.accounts.metrics.sign_ins, list[tuple[str | None, ...]]()
    counted, known = counts.values()["token", "ok"], chat.store.known

    async def noted(user_id: str, session_id: str | None = None) -> Known:
        readings.append((user_id, session_id))
        return await known(user_id, session_id)

    monkeypatch.setattr(chat.store, "known", noted)
    told = await chat.accounts.identify(ann)
    assert (told.user_id, told.profile, readings) == (me.user_id, Profile(), [])
    assert await chat.accounts.introduce(told) == (me, {place: 1})
    assert readings == [(me.user_id, me.session_id)]
    assert counts.values()["token", "ok"] == counted + 1


async def test_who_connects_is_refused_as_anybody_is(chat: Chat) -> None:
    """Without a good token, and with one whose session has ended; each is an attempt that failed."""
    counts = chat.accounts.metrics.sign_ins
    with pytest.raises(Unauthorized, match="Missing"):
        await chat.accounts.identify(None)
    ann = (await register(chat, "Ann")).access_token
    told = await chat.accounts.identify(ann)
    await chat.accounts.logout(told)
    with pytest.raises(Unauthorized, match="session has ended"):
        await chat.accounts.introduce(told)
    assert counts.values() == {("register", "ok"): 1, ("token", "UNAUTHORIZED"): 2}
    new, places = await chat.accounts.introduce(Caller(user_id="eve"))
    assert (new.user_id, places) == ("eve", {})
    assert (await chat.accounts.me(new)).created_at == chat.clock.now()


async def test_session_of_somebody_else_does_not_count(chat: Chat) -> None:
    """A token whose session is another user's is refused."""
    bob = await chat.accounts.authenticate((await register(chat, "Bob")).access_token)
    await chat.people("ann")
    assert bob.session_id is not None
    token, _ = chat.tokens.issue("ann", bob.session_id, chat.clock.now())
    with pytest.raises(Unauthorized):
        await chat.accounts.authenticate(token)


@pytest.mark.parametrize("token", [None, "", "nonsense"])
async def test_missing_and_bad_tokens_are_refused(chat: Chat, token: str | None) -> None:
    """Without a good token nobody is admitted."""
    with pytest.raises(Unauthorized):
        await chat.accounts.authenticate(token)


async def test_users_are_visible_to_those_who_share_a_conversation(chat: Chat) -> None:
    """Others are not there for who shares nothing with them, whether they exist or not."""
    await chat.people("ann", "bob", "eve")
    await chat.group("ann", "bob")
    assert (await chat.accounts.user(caller("ann"), "bob")).id == "bob"
    assert (await chat.accounts.user(caller("ann"), "ann")).id == "ann"
    for user_id in ("eve", "nobody"):
        with pytest.raises(NotFound, match="There is no such user"):
            await chat.accounts.user(caller("ann"), user_id)


async def test_attempts_to_sign_in_are_counted_by_name(store: SqlStore) -> None:
    """Guessing is slowed down for a name in any case, before any password is checked; other names are free."""
    chat = Chat(
        store, Rates(messages=PLENTY.messages, requests=PLENTY.requests, sign_ins=SignInRates(pair=Rate(2, 60)))
    )
    for name in ("ann", "ANN"):
        with pytest.raises(Unauthorized):
            await chat.accounts.login(name, "guess")
    with pytest.raises(RateLimited) as caught:
        await chat.accounts.login("Ann", "guess")
    assert caught.value.retry_after == 60
    assert len(chat.passwords.verified) == 2
    with pytest.raises(Unauthorized):
        await chat.accounts.login("bob", "guess")
