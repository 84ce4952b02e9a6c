"""Who is connected. Of what is not told, the next thing that is told gives proof."""

from collections.abc import AsyncIterator, Sequence

import pytest
from doubles.chat import Chat, called, caller

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.store import SqlReader
from palaver_runtime.domain.errors import ConnectionRefused, Forbidden
from palaver_runtime.domain.events import Event, PresenceChanged
from palaver_runtime.ports import Standing


def told(chat: Chat, user_id: str, conversation_id: str, *, online: bool) -> PresenceChanged:
    """Give the event that is expected."""
    return PresenceChanged(
        conversation_id=conversation_id,
        user_id=user_id,
        profile=called(user_id),
        online=online,
        at=chat.clock.now(),
    )


@pytest.fixture
async def patient(store: SqlStore) -> AsyncIterator[Chat]:
    """A chat whose grace does not end within a test."""
    chat = Chat(store, grace=3600)
    yield chat
    await chat.close()


async def connect(chat: Chat, user_id: str, connection_id: str, *conversation_ids: str) -> None:
    """Connect a user."""
    await chat.presence.admit(user_id, connection_id)
    await chat.presence.arrived(user_id, called(user_id), conversation_ids)


async def test_coming_and_going_is_told_to_each_conversation(chat: Chat) -> None:
    """The first connection is told to every conversation of the user, and, after the grace, that it ended."""
    await chat.people("ann", "bob", "eve")
    one, two = await chat.group("ann", "bob"), await chat.group("ann", "eve")
    await connect(chat, "ann", "1", one, two)
    assert chat.recorder.take() == [told(chat, "ann", each, online=True) for each in (one, two)]
    chat.presence.departed("ann", "1")
    gone: list[Event] = [await chat.recorder.next(), await chat.recorder.next()]
    assert {each.conversation_id for each in gone if isinstance(each, PresenceChanged)} == {one, two}
    assert [each.online for each in gone if isinstance(each, PresenceChanged)] == [False, False]


async def test_further_connections_are_not_told(chat: Chat) -> None:
    """A second device changes nothing; the user is gone when the last one is."""
    await chat.people("ann", "bob")
    place = await chat.group("ann", "bob")
    for connection_id in ("1", "2"):
        await connect(chat, "ann", connection_id, place)
    chat.presence.departed("ann", "1")
    chat.presence.departed("ann", "1")
    await connect(chat, "bob", "3", place)
    chat.presence.departed("ann", "2")
    assert chat.recorder.take() == [
        told(chat, "ann", place, online=True),
        told(chat, "bob", place, online=True),
    ]
    assert await chat.recorder.next() == told(chat, "ann", place, online=False)


async def test_reload_within_the_grace_is_not_told(patient: Chat) -> None:
    """Who comes back in time was never away."""
    chat = patient
    await chat.people("ann")
    place = await chat.group("ann")
    await connect(chat, "ann", "1", place)
    chat.presence.departed("ann", "1")
    await connect(chat, "ann", "2", place)
    assert chat.recorder.take() == [told(chat, "ann", place, online=True)]
    assert await chat.presence.online(caller("ann"), place) == ("ann",)


async def test_connection_that_never_got_ready_is_not_told(chat: Chat) -> None:
    """A connection that was admitted and ended before it was ready leaves no trace."""
    await chat.people("ann", "bob")
    place = await chat.group("ann", "bob")
    await chat.presence.admit("ann", "1")
    chat.presence.departed("ann", "1")
    await connect(chat, "bob", "2", place)
    chat.presence.departed("bob", "2")
    assert await chat.recorder.next() == told(chat, "bob", place, online=True)
    assert await chat.recorder.next() == told(chat, "bob", place, online=False)
    assert chat.recorder.events == []


async def test_connections_of_one_user_are_limited(chat: Chat) -> None:
    """One device too many is refused; when it and another have gone there is room again."""
    for connection_id in ("1", "2"):
        await connect(chat, "ann", connection_id)
    with pytest.raises(ConnectionRefused, match="at most 2"):
        await chat.presence.admit("ann", "3")
    for connection_id in ("3", "1"):
        chat.presence.departed("ann", connection_id)
    await chat.presence.admit("ann", "4")


async def test_participants_see_who_is_connected(chat: Chat) -> None:
    """Those connected are given in the order in which they joined; strangers are refused."""
    await chat.people("ann", "bob", "eve", "zoe")
    place = await chat.group("ann", "zoe", "bob", "eve")
    for number, user_id in enumerate(("bob", "zoe", "nobody")):
        await connect(chat, user_id, str(number))
    assert await chat.presence.online(caller("ann"), place) == ("zoe", "bob")
    for where in (place, "c0"):
        with pytest.raises(Forbidden):
            await chat.presence.online(caller("nobody"), where)


async def test_departure_is_told_to_the_conversations_of_that_moment(chat: Chat) -> None:
    """Who joined another conversation while connected is gone from that one too."""
    await chat.people("ann")
    await connect(chat, "ann", "1")
    place = await chat.group("ann")
    chat.presence.departed("ann", "1")
    assert await chat.recorder.next() == told(chat, "ann", place, online=False)


async def test_users_of_a_lost_instance_are_told_of_when_nothing_of_them_is_left(chat: Chat) -> None:
    """Who was lost with an instance is gone, unless there is a connection elsewhere."""
    await chat.people("ann", "bob")
    place = await chat.group("ann", "bob")
    for number, user_id in enumerate(("ann", "bob")):
        await connect(chat, user_id, str(number), place)
    chat.recorder.take()
    await chat.memory.depart([("ann", "0")])
    chat.presence.lost(["ann", "bob"])
    assert await chat.recorder.next() == told(chat, "ann", place, online=False)
    await chat.memory.depart([("bob", "1")])
    chat.presence.lost(["bob"])
    assert await chat.recorder.next() == told(chat, "bob", place, online=False)


async def test_users_who_were_given_up_and_are_back_are_told_of(chat: Chat) -> None:
    """Who is found connected after all is online again, which is told once."""
    await chat.people("ann", "bob")
    place = await chat.group("ann", "bob")
    await connect(chat, "bob", "1", place)
    chat.recorder.take()
    chat.presence.found(["ann"])
    assert await chat.recorder.next() == told(chat, "ann", place, online=True)
    chat.presence.found(["ann"])
    await chat.presence.close()
    assert chat.recorder.take() == []


async def test_users_who_go_together_are_asked_about_together(patient: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each it is told where they are, of none who is back; and the store is asked a few times, not once for each."""
    asked: list[int] = []
    standings = SqlReader.standings

    async def counted(self: SqlReader, user_ids: Sequence[str]) -> tuple[Standing, ...]:
        asked.append(len(user_ids))
        return await standings(self, user_ids)

    monkeypatch.setattr(SqlReader, "standings", counted)
    users = [f"user {number}" for number in range(70)]
    await patient.people(*users)
    places = {each: await patient.group(each) for each in users}
    for each in users:
        await connect(patient, each, each, places[each])
    for each in users:
        patient.presence.departed(each, each)
    await connect(patient, users[1], "again", places[users[1]])
    await patient.memory.arrive(users[2], "unready")
    patient.recorder.take()
    await patient.presence.close()
    left = [each for each in users if each not in users[1:3]]
    assert patient.recorder.take() == [told(patient, each, places[each], online=False) for each in left]
    assert asked == [32, 32, 4]


async def test_nobody_is_looked_for_when_the_last_ones_leave(patient: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is not asked where nobody hears; whoever comes back is news as ever."""

    async def asked(_self: SqlReader, _user_ids: Sequence[str]) -> tuple[Standing, ...]:
        raise AssertionError("asked")

    await patient.people("ann")
    place = await patient.group("ann")
    await connect(patient, "ann", "1", place)
    patient.presence.departed("ann", "1")
    patient.recorder.take()
    patient.recorder.heard = False
    monkeypatch.setattr(SqlReader, "standings", asked)
    await patient.presence.close()
    assert patient.recorder.take() == []
    await connect(patient, "ann", "2", place)
    assert patient.recorder.take() == [told(patient, "ann", place, online=True)]


async def test_closing_tells_of_pending_departures(patient: Chat) -> None:
    """An instance that ends does not leave its users online for ever."""
    await patient.people("ann")
    place = await patient.group("ann")
    await connect(patient, "ann", "1", place)
    patient.presence.departed("ann", "1")
    patient.recorder.take()
    await patient.presence.close()
    assert patient.recorder.take() == [told(patient, "ann", place, online=False)]
