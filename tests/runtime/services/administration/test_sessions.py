"""Sessions are listed and ended."""

import pytest
from doubles.chat import Chat

from palaver_runtime.domain.errors import NotFound, Unauthorized
from palaver_runtime.domain.events import SessionEnded

PASSWORD = "correct horse battery"


async def test_live_sessions_are_listed(chat: Chat) -> None:
    """Those that have neither ended nor expired, of a user or of all."""
    alice = await chat.accounts.register("alice", PASSWORD, None)
    bob = await chat.accounts.register("bob", PASSWORD, None)
    await chat.accounts.logout(await chat.accounts.authenticate(bob.access_token))
    await chat.accounts.login("bob", PASSWORD)
    assert sorted([each.user_id async for each in chat.sessions.listing()]) == sorted([alice.user.id, bob.user.id])
    assert [each.user_id async for each in chat.sessions.listing(alice.user.id)] == [alice.user.id]
    chat.clock.advance(seconds=31 * 86_400)
    assert [each async for each in chat.sessions.listing()] == []


async def test_revoked_session_is_told_and_its_tokens_are_refused(chat: Chat) -> None:
    """The others go on; what had ended before is told again and not counted; an unknown one is nobody's."""
    alice = await chat.accounts.register("alice", PASSWORD, None)
    again = await chat.accounts.login("alice", PASSWORD)
    caller = await chat.accounts.authenticate(alice.access_token)
    assert caller.session_id is not None
    sessions = await chat.sessions.find([caller.session_id])
    assert [await chat.sessions.revoke(sessions) for _ in range(2)] == [1, 0]
    told = SessionEnded(user_id=alice.user.id, session_id=caller.session_id)
    assert chat.recorder.take() == [told, told]
    with pytest.raises(Unauthorized):
        await chat.accounts.authenticate(alice.access_token)
    await chat.accounts.authenticate(again.access_token)
    with pytest.raises(NotFound, match="'nothing'"):
        await chat.sessions.find(["nothing"])


async def test_all_sessions_can_be_revoked(chat: Chat) -> None:
    """Those of one user, or everybody's."""
    for name in ("alice", "bob", "cid"):
        await chat.accounts.register(name, PASSWORD, None)
    bob = await chat.users.find("bob")
    assert await chat.sessions.revoke_all(bob.id) == 1
    assert await chat.sessions.revoke_all() == 2
    assert [each async for each in chat.sessions.listing()] == []
