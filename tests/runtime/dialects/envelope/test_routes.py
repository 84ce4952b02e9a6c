"""Each REST operation does what it says, with the real services."""

import json

import pytest
from doubles.documents import component

from palaver_runtime.core import Core
from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects.envelope.routes import EnvelopeRoutes
from palaver_runtime.domain.errors import ChatError, Forbidden, Invalid, NotFound
from palaver_runtime.domain.values import Caller
from palaver_wire.contract import WireModel
from palaver_wire.envelope.routes import ROUTES, bind_routes

NOWHERE = "0" * 24
ADMIN = Caller(user_id="root", admin=True)


class Rest:
    """Calls operations as the transport does: parameters as strings, the body as JSON."""

    def __init__(self, core: Core) -> None:
        self._bound = {each.route.operation: each for each in bind_routes(EnvelopeRoutes(core))}

    async def __call__(self, caller: Caller, operation: str, body: object = None, **parameters: str) -> dict:
        """Call an operation; give its body, which has the declared model and fits the document."""
        return (await self.answer(caller, operation, body, **parameters))[1]

    async def answer(self, caller: Caller, operation: str, body: object = None, **parameters: str) -> tuple[int, dict]:
        """Call an operation; give its status and its body."""
        bound = self._bound[operation]
        route = bound.route
        assert route.secured
        given: list[object] = [caller]
        if route.parameters:
            given.append(route.parameters.model_validate_strings(parameters, strict=True, by_alias=True, by_name=False))
        if route.body:
            given.append(read(route.body, json.dumps(body)))
        result = await bound.call(*given)
        status, answer = result if isinstance(result, tuple) else (next(iter(route.statuses)), result)
        assert isinstance(answer, WireModel)
        written = answer.model_dump(mode="json", by_alias=True)
        component("envelope", "openapi", type(answer).__name__).validate(written)
        return status, written


@pytest.fixture
def rest(core: Core) -> Rest:
    """The operations on the running core."""
    return Rest(core)


async def test_rooms_are_listed(rest: Rest, people, alice: Caller, bob: Caller) -> None:
    """Latest activity first, each with its last message and what is unread, the groups of other dialects too."""
    assert await rest(alice, "listRooms") == {"rooms": [], "count": 0}
    group = await people.group(alice, "bob", name="Planning")
    opened = await rest(alice, "openDirectRoom", {"targetUserId": "bob"})
    await people.say(alice, group, "hello")
    listed = await rest(bob, "listRooms")
    assert (listed["count"], [each["id"] for each in listed["rooms"]]) == (2, [group, opened["room"]["id"]])
    first, second = listed["rooms"]
    assert (first["type"], first["name"], first["unreadCount"]) == ("GROUP", "Planning", 1)
    assert [each["content"] for each in first["messages"]] == ["hello"]
    assert (second["type"], second["messages"], second["unreadCount"]) == ("DIRECT", [], 0)


async def test_direct_room_is_created_once(rest: Rest, people, alice: Caller, bob: Caller) -> None:
    """201 for the first time, 200 from then on, from either side, with what was said."""
    status, created = await rest.answer(alice, "openDirectRoom", {"targetUserId": "bob"})
    assert (status, created["messages"], created["unreadCount"]) == (201, [], 0)
    for number in range(51):
        await people.say(alice, created["room"]["id"], str(number))
    status, found = await rest.answer(bob, "openDirectRoom", {"targetUserId": "alice"})
    assert (status, found["room"]["id"], found["unreadCount"]) == (200, created["room"]["id"], 51)
    assert [each["content"] for each in found["messages"]] == list(map(str, range(1, 51)))
    for user, error in (("nobody", NotFound), ("alice", Invalid)):
        with pytest.raises(error):
            await rest(alice, "openDirectRoom", {"targetUserId": user})


async def test_history_comes_in_pages(rest: Rest, people, alice: Caller, bob: Caller) -> None:
    """The newest first, each page in ascending order, until there are no more."""
    room = await people.group(alice, "bob")
    for _ in range(5):
        await people.say(alice, room)
    page = await rest(bob, "listMessages", roomId=room, limit="2")
    assert ([each["sequenceId"] for each in page["messages"]], page["count"]) == ([4, 5], 2)
    assert (page["unreadCount"], page["hasMore"]) == (5, True)
    page = await rest(bob, "listMessages", roomId=room, limit="3", beforeSequenceId="4")
    assert ([each["sequenceId"] for each in page["messages"]], page["hasMore"]) == ([1, 2, 3], False)


async def test_history_has_a_hundred_messages_by_default(rest: Rest, people, alice: Caller) -> None:
    """As the document says."""
    room = await people.group(alice)
    for _ in range(30):
        await people.say(alice, room)
    assert (await rest(alice, "listMessages", roomId=room))["count"] == 30
    parameters = next(each.parameters for each in ROUTES if each.operation == "listMessages")
    assert parameters is not None
    assert parameters.model_fields["limit"].default == 100


async def test_receipts(rest: Rest, people, alice: Caller, bob: Caller) -> None:
    """What is marked read counts down, and a late mark moves nothing back."""
    room = await people.group(alice, "bob")
    empty = {"success": True, "roomId": room, "markedUpTo": 0}
    assert await rest(bob, "markRoomRead", {"sequenceId": 1}, roomId=room) == empty
    for _ in range(3):
        await people.say(alice, room)
    assert await rest(bob, "getUnread", roomId=room) == {"roomId": room, "unreadCount": 3}
    for asked, marked in ((2, 2), (1, 2), (99, 3)):
        answer = await rest(bob, "markRoomRead", {"sequenceId": asked}, roomId=room)
        assert answer == {**empty, "markedUpTo": marked}
    assert (await rest(bob, "getUnread", roomId=room))["unreadCount"] == 0


async def test_online_members(rest: Rest, people, connect, alice: Caller, bob: Caller) -> None:
    """Those who have a connection, the caller included."""
    room = await people.group(alice, "bob")
    assert await rest(alice, "listOnline", roomId=room) == {"roomId": room, "onlineUsers": [], "count": 0}
    await connect("bob")
    assert await rest(alice, "listOnline", roomId=room) == {"roomId": room, "onlineUsers": ["bob"], "count": 1}


async def test_cleanup_is_for_administrators(rest: Rest, people, alice: Caller) -> None:
    """An owner is none; who is need not be a member, and learns what is missing."""
    room = await people.group(alice)
    with pytest.raises(Forbidden):
        await rest(alice, "cleanUpRoom", roomId=room)
    with pytest.raises(NotFound):
        await rest(ADMIN, "cleanUpRoom", roomId=NOWHERE)
    assert await rest(ADMIN, "cleanUpRoom", roomId=room) == {"success": True, "roomId": room, "deletedCount": 0}


async def test_cleanup_keeps_what_it_is_told_to(rest: Rest, people, alice: Caller) -> None:
    """The newest so many, with their places; without a number a hundred."""
    room = await people.group(alice)
    for _ in range(103):
        await people.say(alice, room)
    assert (await rest(ADMIN, "cleanUpRoom", roomId=room))["deletedCount"] == 3
    assert (await rest(ADMIN, "cleanUpRoom", roomId=room, keep="2"))["deletedCount"] == 98
    page = await rest(alice, "listMessages", roomId=room)
    assert ([each["sequenceId"] for each in page["messages"]], page["hasMore"]) == ([102, 103], False)


async def test_cleanup_keeps_what_the_server_keeps(open_core, alice: Caller) -> None:
    """Where the server is told how many messages to keep, that is the default."""
    async with open_core(keep_messages=7) as core:
        assert core.messages.kept == 7
        asked: list[int] = []

        async def prune(caller: Caller, conversation_id: str, keep: int) -> int:
            asked.append(keep)
            return 0

        core.messages.prune = prune  # type: ignore[method-assign]
        await Rest(core)(ADMIN, "cleanUpRoom", roomId=NOWHERE)
    assert asked == [7]


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("listMessages", None),
        ("getUnread", None),
        ("markRoomRead", {"sequenceId": 1}),
        ("listOnline", None),
    ],
)
async def test_strangers_learn_nothing(
    rest: Rest, people, alice: Caller, bob: Caller, operation: str, body: object
) -> None:
    """A room of others is as one that is not."""
    refusals = []
    for room in (await people.group(alice), NOWHERE):
        with pytest.raises(ChatError) as caught:
            await rest(bob, operation, body, roomId=room)
        refusals.append((type(caught.value), caught.value.message))
    assert refusals[0] == refusals[1]
    assert refusals[0][0] is Forbidden
