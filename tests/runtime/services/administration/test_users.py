"""Users as those who look after a server see them."""

from datetime import timedelta

import jwt
import pytest
from doubles.chat import SECRET, Chat, caller

from palaver_runtime.domain.errors import ChatError, Conflict, Invalid, NotFound, Unauthorized
from palaver_runtime.domain.events import (
    ConversationUpdated,
    MessageDeleted,
    ParticipantRemoved,
    SessionEnded,
)
from palaver_runtime.domain.values import Role
from palaver_runtime.services.administration import users
from palaver_runtime.services.administration.users import Belongings

PASSWORD = "correct horse battery"


def foreign(chat: Chat, user_id: str) -> str:
    """Give a token that another service issued, which is of no session here."""
    return jwt.encode({"sub": user_id, "exp": chat.clock.now() + timedelta(minutes=5)}, SECRET, "HS256")


async def test_user_is_found_by_identifier_or_name(chat: Chat) -> None:
    """The identifier counts before the name, and a name in any case; the refusal of nobody says who was looked for."""
    await chat.people("ann", "bob")
    assert (await chat.users.find("ann")).name == "ann."
    assert (await chat.users.find("BOB.")).id == "bob"
    with pytest.raises(NotFound, match="'eve'"):
        await chat.users.find("eve")


async def test_created_user_can_sign_in(chat: Chat) -> None:
    """A user is created once, with a name that one can sign in with."""
    user = await chat.users.create("alice", PASSWORD, "Alice")
    assert (await chat.accounts.login("alice", PASSWORD)).user == user
    with pytest.raises(Conflict):
        await chat.users.create("ALICE", PASSWORD, None)
    for name in ("al", "a" * 33, "a b c", ""):
        with pytest.raises(Invalid):
            await chat.users.create(name, PASSWORD, None)


async def test_all_users_are_listed_page_by_page(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many they are, each is there once, in order; who was deleted only on demand."""
    monkeypatch.setattr(users, "PAGE", 2)
    monkeypatch.setattr("palaver_runtime.services.administration.paging.PAGE", 2)
    names = ["ann", "bob", "cid", "dan", "eve"]
    await chat.people(*names)
    assert [each.id async for each in chat.users.listing()] == names
    await chat.users.delete("cid")
    assert [each.id async for each in chat.users.listing()] == ["ann", "bob", "dan", "eve"]
    assert [each.id async for each in chat.users.listing(deleted=True)] == names


async def test_renaming_is_told_in_every_conversation(chat: Chat) -> None:
    """One name changes or both; each conversation hears it with its next revision; a taken name changes nothing."""
    await chat.people("ann", "bob")
    group, direct = await chat.group("ann", "bob"), await chat.direct("ann", "bob")
    renamed = await chat.users.rename("ann", "anna", None)
    assert (renamed.name, renamed.display_name) == ("anna", "Ann")
    told = chat.recorder.take()
    assert {each.conversation_id for each in told if isinstance(each, ConversationUpdated)} == {group, direct}
    for each in told:
        assert isinstance(each, ConversationUpdated)
        participant = each.conversation.participant("ann")
        assert participant is not None
        assert (each.revision, participant.profile.name) == (2, "anna")
    async with chat.store.reading() as tx:
        assert [type(each) for each in await tx.changes(group, 1, 2)] == [ConversationUpdated]
    with pytest.raises(Conflict):
        await chat.users.rename("anna", "BOB.", None)
    assert (await chat.users.find("ann")).name == "anna"
    assert chat.recorder.take() == []


async def test_password_is_replaced_and_sessions_end(chat: Chat) -> None:
    """With the new password one signs in, with the old one not, and whoever was signed in is no longer."""
    first = await chat.accounts.register("alice", PASSWORD, None)
    other = await chat.accounts.register("bob", PASSWORD, None)
    await chat.accounts.login("alice", PASSWORD)
    user, ended = await chat.users.reset_password("alice", "another password")
    assert (user.id, ended) == (first.user.id, 2)
    assert {type(each) for each in chat.recorder.take()} == {SessionEnded}
    with pytest.raises(Unauthorized):
        await chat.accounts.login("alice", PASSWORD)
    with pytest.raises(Unauthorized):
        await chat.accounts.refresh(first.refresh_token)
    await chat.accounts.login("alice", "another password")
    await chat.accounts.refresh(other.refresh_token)


async def test_who_has_no_name_has_no_password(chat: Chat) -> None:
    """A user of another service's tokens is told apart, and keeps what there is."""
    await chat.accounts.authenticate(foreign(chat, "foreign"))
    with pytest.raises(Conflict, match="another service"):
        await chat.users.reset_password("foreign", PASSWORD)


async def test_deleted_user_is_nobody(chat: Chat) -> None:
    """Names, password, sessions and tokens are gone; the name is free again; nobody can bring the user back."""
    signed_in = await chat.accounts.register("alice", PASSWORD, "Alice")
    user_id = signed_in.user.id
    await chat.people("bob")
    group = await chat.group("bob")
    deleted = await chat.users.delete("alice")
    assert (deleted.id, deleted.name, deleted.display_name) == (user_id, None, None)
    assert deleted.deleted_at == chat.clock.now()
    for token in (signed_in.access_token, foreign(chat, user_id)):
        with pytest.raises(Unauthorized):
            await chat.accounts.authenticate(token)
    with pytest.raises(Unauthorized):
        await chat.accounts.refresh(signed_in.refresh_token)
    with pytest.raises(Unauthorized):
        await chat.accounts.login("alice", PASSWORD)
    # Nobody can take them into a conversation, and they are told to be gone on every instance.
    with pytest.raises(NotFound):
        await chat.conversations.add(caller("bob"), group, user_id)
    with pytest.raises(NotFound):
        await chat.direct("bob", user_id)
    assert SessionEnded(user_id=user_id, session_id=None) in chat.recorder.take()
    for refused in (chat.users.rename(user_id, "alice", None), chat.users.reset_password(user_id, PASSWORD)):
        with pytest.raises(ChatError, match="deleted"):
            await refused
    assert (await chat.accounts.register("alice", PASSWORD, None)).user.id != user_id


async def test_deleted_user_leaves_groups_and_stays_nameless_in_direct_conversations(chat: Chat) -> None:
    """Groups go on without them, under another owner; in a direct one the other finds nobody's name."""
    await chat.people("ann", "bob", "cid")
    group, direct = await chat.group("ann", "bob", "cid"), await chat.direct("ann", "bob")
    said = await chat.say("ann", group)
    await chat.say("ann", direct, "hello bob")
    chat.recorder.take()
    await chat.users.delete("ann")
    told = chat.recorder.take()
    assert [each.user_id for each in told if isinstance(each, ParticipantRemoved)] == ["ann"]
    updates = {each.conversation_id: each.conversation for each in told if isinstance(each, ConversationUpdated)}
    heir = updates[group].participant("bob")
    assert heir is not None
    assert heir.role is Role.OWNER
    left = updates[direct].participant("ann")
    assert left is not None
    assert left.profile.name is None
    messages, _ = await chat.messages.history(caller("bob"), group, limit=10)
    assert [(each.id, each.content, each.sender.name) for each in messages] == [(said.id, "hello", None)]


async def test_erasing_leaves_no_word(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `erase`, all that the user said is erased and told, in conversations that they had left too."""
    monkeypatch.setattr(users, "BATCH", 2)
    await chat.people("ann", "bob")
    left, here = await chat.group("bob", "ann"), await chat.group("bob", "ann")
    for number in range(3):
        await chat.say("ann", left, f"left {number}")
        await chat.say("ann", here, f"here {number}")
    await chat.say("bob", here, "mine")
    await chat.conversations.leave(caller("ann"), left)
    chat.recorder.take()
    done: list[tuple[str, int]] = []
    await chat.users.delete("ann", erase=True, progress=lambda what, count: done.append((what, count)))
    erased = [each for each in chat.recorder.take() if isinstance(each, MessageDeleted)]
    assert sorted(each.conversation_id for each in erased) == sorted([left, here] * 3)
    assert done[-1] == ("messages", 6)
    for conversation_id in (left, here):
        messages, _ = await chat.messages.history(caller("bob"), conversation_id, limit=10)
        assert [each.content for each in messages if each.sender_id == "ann"] == [""] * 3
    assert messages[-1].content == "mine"


async def test_interrupted_deletion_is_finished_by_another(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is deleted only in part is deleted by a second call, and the moment of the first is kept."""
    await chat.people("ann", "bob")
    group = await chat.group("bob", "ann")

    async def fail(*_given: object) -> None:
        raise RuntimeError("on purpose")

    with monkeypatch.context() as patch:
        patch.setattr(users, "depart", fail)
        with pytest.raises(RuntimeError, match="on purpose"):
            await chat.users.delete("ann")
    begun = (await chat.users.find("ann")).deleted_at
    chat.clock.advance(seconds=5)
    assert (await chat.users.delete("ann")).deleted_at == begun
    conversation = (await chat.rooms.show(group)).conversation
    assert conversation.participant("ann") is None


async def test_belongings_are_counted(chat: Chat) -> None:
    """Live sessions, groups, direct conversations, and the messages that still say something."""
    user_id = (await chat.accounts.register("alice", PASSWORD, None)).user.id
    await chat.people("bob")
    group = await chat.group("bob", user_id)
    await chat.direct("bob", user_id)
    await chat.say(user_id, group)
    gone = await chat.say(user_id, group)
    await chat.messages.delete(caller(user_id), gone.id)
    assert await chat.users.belongings(user_id) == Belongings(sessions=1, groups=1, directs=1, messages=1)
