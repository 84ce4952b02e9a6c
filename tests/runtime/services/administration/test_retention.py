"""Old messages and old sessions are forgotten by rule."""

from datetime import timedelta

import pytest
from doubles.chat import Chat, caller

from palaver_runtime.domain.errors import NotFound, Unauthorized
from palaver_runtime.services.administration import retention
from palaver_runtime.services.administration.retention import Rule

DAY = timedelta(days=1)


async def sequences(chat: Chat, conversation_id: str) -> list[int]:
    """Give which messages of ann's conversation are there."""
    messages, _ = await chat.messages.history(caller("ann"), conversation_id, limit=20)
    return [each.sequence for each in messages]


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        (Rule(keep=2), [3, 4]),
        (Rule(keep=9), [1, 2, 3, 4]),
        (Rule(older_than=DAY), [4]),
        (Rule(older_than=3 * DAY), [1, 2, 3, 4]),
        (Rule(keep=1, older_than=3 * DAY), [4]),
        (Rule(keep=3, older_than=DAY), [4]),
        (Rule(older_than=timedelta(0)), []),
    ],
)
async def test_what_a_rule_leaves(chat: Chat, rule: Rule, left: list[int]) -> None:
    """The newest so many, and what is younger than an age; a dry run counts the same and does nothing."""
    await chat.people("ann")
    group, other = await chat.group("ann"), await chat.group("ann")
    for _ in range(3):
        await chat.say("ann", group)
    chat.clock.advance(seconds=2 * 86_400)
    await chat.say("ann", group)
    chat.clock.advance(seconds=1)
    planned = [each async for each in chat.retention.messages(rule, dry_run=True)]
    assert await sequences(chat, group) == [1, 2, 3, 4]
    assert [each async for each in chat.retention.messages(rule)] == planned
    assert planned == ([(group, 4 - len(left))] if len(left) < 4 else [])
    assert await sequences(chat, group) == left
    assert await sequences(chat, other) == []


async def test_some_conversations_alone(chat: Chat) -> None:
    """A rule for one conversation leaves the others; one that is not there is a refusal before anything is done."""
    await chat.people("ann")
    group, other = await chat.group("ann"), await chat.group("ann")
    for _ in range(2):
        await chat.say("ann", group)
        await chat.say("ann", other)
    with pytest.raises(NotFound, match="'nothing'"):
        [each async for each in chat.retention.messages(Rule(keep=1), [group, "nothing"])]
    assert await sequences(chat, group) == [1, 2]
    assert [each async for each in chat.retention.messages(Rule(keep=1), [group])] == [(group, 1)]
    assert await sequences(chat, other) == [1, 2]


async def test_sessions_that_ended_long_ago_go(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended or expired ones, with their tokens; live ones and those of late stay."""
    monkeypatch.setattr(retention, "SESSIONS_AT_ONCE", 1)
    signed_in = [await chat.accounts.register(name, "correct horse battery", None) for name in ("ann", "bob", "cid")]
    await chat.sessions.revoke_all(signed_in[0].user.id)
    await chat.sessions.revoke_all(signed_in[1].user.id)
    chat.clock.advance(seconds=10 * 86_400)
    assert await chat.retention.sessions(11 * DAY) == 0
    assert [await chat.retention.sessions(9 * DAY, dry_run=True) for _ in range(2)] == [2, 2]
    assert await chat.retention.sessions(9 * DAY) == 2
    with pytest.raises(Unauthorized):
        await chat.accounts.refresh(signed_in[0].refresh_token)
    await chat.accounts.refresh(signed_in[2].refresh_token)
    chat.clock.advance(seconds=30 * 86_400)
    assert await chat.retention.sessions(DAY) == 1
