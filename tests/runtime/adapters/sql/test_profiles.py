"""How users are called, wherever they are named."""

from doubles.chat import Chat, called, caller

from palaver_runtime.domain.events import MessageCreated, MessageDeleted, MessageEdited, ParticipantAdded
from palaver_runtime.domain.values import UNNAMED, User
from palaver_runtime.ports import Asked, ClientKey


async def test_participants_have_their_profiles(chat: Chat) -> None:
    """A user without names is there like everybody else, by every way to read a participant."""
    await chat.people("ann", "bob")
    async with chat.store.writing() as tx:
        await tx.add_user(User(id="guest", created_at=chat.clock.now()))
    conversation_id = await chat.group("ann", "bob", "guest")
    expected = {"ann": called("ann"), "bob": called("bob"), "guest": UNNAMED}
    async with chat.store.writing() as tx:
        conversation = await tx.conversation(conversation_id)
        summary = await tx.summary(conversation_id, "ann")
        (room,) = await tx.rooms("ann", 10)
        single = [await tx.participant(conversation_id, each) for each in expected]
        ground = await tx.ground([Asked(conversation_id, each, None, None) for each in expected])
    assert conversation is not None
    assert summary is not None
    assert conversation == summary.conversation == room
    for found in (conversation.participants, single, ground.participants.values()):
        assert {each.user_id: each.profile for each in found if each} == expected


async def test_messages_have_their_senders_profiles(chat: Chat) -> None:
    """By every way to read a message, also of a sender who has left or has no names."""
    await chat.people("ann", "bob")
    async with chat.store.writing() as tx:
        await tx.add_user(User(id="guest", created_at=chat.clock.now()))
    conversation_id = await chat.group("ann", "bob", "guest")
    expected = {"bob": called("bob"), "guest": UNNAMED, "ann": called("ann")}
    said = [await chat.say(each, conversation_id, client_id="once") for each in expected]
    sent = [await chat.messages.edit(caller(each.sender_id), each.id, "new") for each in said]
    await chat.conversations.leave(caller("bob"), conversation_id)
    keys = [ClientKey(conversation_id, each, "once") for each in expected]
    async with chat.store.writing() as tx:
        summary = await tx.summary(conversation_id, "ann")
        assert summary is not None
        assert summary.last_message == sent[-1]
        assert [await tx.message(each.id) for each in sent] == sent
        assert list(await tx.history(conversation_id, after=0, limit=9)) == sent
        assert list(await tx.history(conversation_id, limit=9)) == sent
        assert list(await tx.changed(conversation_id, since=0, until_sequence=9, limit=9)) == sent
        ground = await tx.ground([Asked(*key, each.id) for key, each in zip(keys, sent, strict=True)])
        assert ground.messages == {each.id: each for each in sent}
        assert ground.repeated == dict(zip(keys, sent, strict=True))
    assert {each.sender_id: each.sender for each in sent} == expected


async def test_events_from_the_store_have_the_profiles(chat: Chat) -> None:
    """Additions, removals, messages and their changes, read again, name people as they did when they happened."""
    await chat.people("ann", "bob", "eve")
    conversation_id = await chat.group("ann", "bob")
    await chat.conversations.remove(caller("ann"), conversation_id, "bob")
    await chat.conversations.add(caller("ann"), conversation_id, "eve")
    kept, erased = [await chat.say("eve", conversation_id) for _ in range(2)]
    await chat.messages.edit(caller("eve"), kept.id, "edited")
    await chat.messages.delete(caller("eve"), erased.id)
    async with chat.store.reading() as tx:
        removed, added, *messages = await tx.changes(conversation_id, 1, 9)
    live = chat.recorder.events
    assert removed == live[0]
    for each in (added, live[1]):
        assert isinstance(each, ParticipantAdded)
        assert each.profile == called("eve")
        assert [place.profile for place in each.conversation.participants] == [called("ann"), called("eve")]
    assert [type(each) for each in messages] == [MessageCreated, MessageCreated, MessageEdited, MessageDeleted]
    assert messages[2:] == live[4:]
    for each in (*messages, *live[2:]):
        assert isinstance(each, MessageCreated | MessageEdited | MessageDeleted)
        assert each.message.sender == called("eve")
