"""Each call does what it says, over gRPC to the real core; every answer fits the document."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import grpc
import grpc.aio
import pytest
from doubles.aether import Arrive, Ask, Stub
from doubles.gateway import token

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site
from palaver_runtime.dialects.aether import aether_calls
from palaver_runtime.dialects.aether.rooms import CLOSED
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.identifiers import id_of_name
from palaver_runtime.domain.values import Caller, ConversationType
from palaver_runtime.transports.socketio import SocketLimits

Connect = Callable[[str | None], Stub]

SEND, HISTORY = "message.MessageService/SendMessage", "message.MessageService/GetMessageHistory"
ROOMS, CREATE = "message.MessageService/GetRooms", "message.MessageService/CreateRoom"
JOIN, HEALTH = "message.MessageService/JoinRoom", "message.MessageService/HealthCheck"
VALIDATE = "auth.AuthService/ValidateToken"
GENERAL = id_of_name("general")
SITE = Site(allowed_origins=(), max_body_bytes=65_536, sockets=SocketLimits(), shutdown_seconds=1)


@pytest.fixture
async def stub(core: Core) -> AsyncIterator[Connect]:
    """How a user calls: `stub("alice")`, or `stub(None)` without a token."""
    async with served(core) as found:
        yield found


@asynccontextmanager
async def served(core: Core) -> AsyncIterator[Connect]:
    """Serve the calls on a core."""
    server = aether_calls(core, SITE)
    server.bind("127.0.0.1", 0)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield lambda user_id: Stub(channel, user_id)
    await server.close(1.0)


def refused(answer: dict[str, object], code: str) -> str:
    """Check that an answer refuses with a code, and says nothing else but why; give that."""
    assert (answer["success"], answer["error"]) == (False, code)
    assert not {"messageData", "room", "pagination", "user"} & answer.keys()
    return str(answer["message"])


async def test_message_reaches_the_sockets(stub: Connect, arrive: Arrive, ask: Ask) -> None:
    """What is sent over gRPC is heard in the room, and what is said there stands in the history."""
    alice = await arrive("alice", "general")
    bob = stub("bob")
    await bob.call(JOIN, {"roomId": "general"})
    assert (await alice.next())[0] == "user_joined"
    sent = await bob.call(SEND, {"userId": "bob", "roomId": "general", "content": "hello", "metadata": '{"k": 1}'})
    name, told = await alice.next()
    data = sent["messageData"]
    assert (sent["success"], sent["message"]) == (True, "Message sent successfully")
    assert (name, told["id"], told["content"], told["userId"]) == ("new_message", data["id"], "hello", "bob")
    assert (data["roomId"], data["username"], data["messageType"], data["metadata"]) == (
        "general",
        "bob",
        "text",
        '{"k":1}',
    )
    await ask(alice, "send_message", roomId="general", content="look", messageType="image")
    await alice.next()
    history = await bob.call(HISTORY, {"roomId": GENERAL})
    assert [each["content"] for each in history["messages"]] == ["hello", "look"]
    assert history["messages"][0] == {**data, "roomId": GENERAL}


async def test_history_has_pages(core: Core, bob: Caller, stub: Connect) -> None:
    """Page 1 is the newest, each ascends, and it is said how many there are."""
    caller = stub("bob")
    await caller.call(JOIN, {"roomId": "general"})
    for number in range(5):
        await core.messages.send(bob, SendMessage(conversation_id=GENERAL, content=str(number)))
    pages = [await caller.call(HISTORY, {"roomId": "general", "page": page, "limit": 2}) for page in (1, 2, 3, 4)]
    assert [[each["content"] for each in page["messages"]] for page in pages] == [["3", "4"], ["1", "2"], ["0"], []]
    assert pages[1]["pagination"] == {
        "currentPage": 2,
        "totalPages": 3,
        "totalItems": 5,
        "itemsPerPage": 2,
        "hasNext": True,
        "hasPrevious": True,
    }


async def test_pages_are_as_short_as_the_setting_says(core: Core, bob: Caller) -> None:
    """Their numbers go by that, so that whoever turns them over has every message, and once."""
    async with served(replace(core, capacity=replace(core.capacity, page=2))) as stub:
        caller = stub("bob")
        await caller.call(JOIN, {"roomId": "general"})
        for number in range(5):
            await core.messages.send(bob, SendMessage(conversation_id=GENERAL, content=str(number)))
        pages = [await caller.call(HISTORY, {"roomId": "general", "page": page, "limit": 50}) for page in (1, 2, 3)]
    assert [[each["content"] for each in page["messages"]] for page in pages] == [["3", "4"], ["1", "2"], ["0"]]
    assert [page["pagination"]["itemsPerPage"] for page in pages] == [2, 2, 2]
    assert [page["pagination"]["totalPages"] for page in pages] == [3, 3, 3]
    assert core.meter.metrics.refusals.values()["page",] == 3


async def test_history_shows_messages_as_they_are(core: Core, bob: Caller, stub: Connect) -> None:
    """An edit shows its content, a deletion none."""
    caller = stub("bob")
    await caller.call(JOIN, {"roomId": "general"})
    one, two = [
        await core.messages.send(bob, SendMessage(conversation_id=GENERAL, content=each)) for each in ("one", "two")
    ]
    await core.messages.edit(bob, one.id, "uno")
    await core.messages.delete(bob, two.id)
    history = await caller.call(HISTORY, {"roomId": "general"})
    assert [each["content"] for each in history["messages"]] == ["uno", ""]


async def test_rooms_are_ones_own_and_public_ones(stub: Connect) -> None:
    """A private room is listed for who is in it alone."""
    alice, bob = stub("alice"), stub("bob")
    board = await alice.call(CREATE, {"name": "Board", "description": "For few", "roomType": "private"})
    lobby = await alice.call(CREATE, {"name": "Lobby", "createdBy": "alice"})
    assert (board["room"]["description"], board["room"]["roomType"], lobby["room"]["roomType"]) == (
        "For few",
        "private",
        "public",
    )
    assert board["room"]["members"] == ["alice"]
    for caller, names in ((alice, {"Board", "Lobby"}), (bob, {"Lobby"})):
        listed = await caller.call(ROOMS)
        assert {each["name"] for each in listed["rooms"]} == names


async def test_direct_room_cannot_be_made(stub: Connect) -> None:
    """The request has no place for the other user."""
    answer = await stub("alice").call(CREATE, {"name": "Us", "roomType": "direct"})
    assert "/roomType" in refused(answer, "VALIDATION_ERROR")


async def test_join_room(stub: Connect) -> None:
    """Joining makes a participant: of a room that somebody made, and of one that is only named."""
    alice, bob = stub("alice"), stub("bob")
    lobby = (await alice.call(CREATE, {"name": "Lobby"}))["room"]
    for room, members in ((lobby["id"], ["alice", "bob"]), ("general", ["bob"])):
        joined = await bob.call(JOIN, {"userId": "bob", "roomId": room})
        assert (joined["message"], joined["room"]["members"]) == ("Joined room successfully", members)
    assert joined["room"]["id"] == GENERAL


async def test_who_is_not_in_a_room_learns_nothing(core: Core, alice: Caller, stub: Connect) -> None:
    """Sending to, reading and joining a private room is refused, as for one that is not there."""
    command = CreateConversation(type=ConversationType.GROUP, user_ids=(), name="Board")
    board, _ = await core.conversations.create(alice, command)
    eve = stub("eve")
    for key, more in ((SEND, {"content": "hello"}), (HISTORY, {}), (JOIN, {})):
        said = {refused(await eve.call(key, {"roomId": room, **more}), "FORBIDDEN") for room in (board.id, "0" * 24)}
        assert len(said) == 1
    assert said == {CLOSED}


@pytest.mark.parametrize(
    ("key", "request_"),
    [
        (SEND, {"userId": "alice", "roomId": "general", "content": "hello"}),
        (HISTORY, {"userId": "alice", "roomId": "general"}),
        (ROOMS, {"userId": "alice"}),
        (CREATE, {"createdBy": "alice", "name": "Board"}),
        (JOIN, {"userId": "alice", "roomId": "general"}),
    ],
)
async def test_nobody_acts_for_somebody_else(stub: Connect, key: str, request_: dict[str, object]) -> None:
    """A user id that is not the caller's is refused, and so is a call without a token or with a bad one."""
    await stub("bob").call(JOIN, {"roomId": "general"})
    assert refused(await stub("bob").call(key, request_), "FORBIDDEN") == "You may only act for yourself"
    refused(await stub(None).call(key, request_), "UNAUTHORIZED")
    assert (await stub("bob").call(ROOMS))["rooms"][0]["members"] == ["bob"]


async def test_what_the_document_does_not_allow_is_refused(stub: Connect) -> None:
    """Bounds and patterns hold."""
    bob = stub("bob")
    for key, request in (
        (SEND, {"roomId": "general"}),
        (SEND, {"roomId": "", "content": "hello"}),
        (SEND, {"roomId": "general", "content": "hello", "messageType": "gift"}),
        (HISTORY, {"roomId": "general", "page": -1}),
        (CREATE, {"name": ""}),
        (CREATE, {"name": "Board", "roomType": "secret"}),
    ):
        refused(await bob.call(key, request), "VALIDATION_ERROR")


async def test_health_needs_no_token(stub: Connect) -> None:
    """Whoever asks is told that the service is there."""
    answer = await stub(None).call(HEALTH)
    assert (answer["success"], answer["service"], answer["version"]) == (True, "message-service", "1.0.0")


async def test_token_is_looked_into(core: Core, stub: Connect) -> None:
    """A good one has a user, with the name of the account; a bad one is an answer too, and says why."""
    ada = await core.accounts.register("ada", "a long password", None)
    good = await stub(None).call(VALIDATE, {"token": ada.access_token})
    assert (good["success"], good["isValid"], good["user"]) == (True, True, {"id": ada.user.id, "username": "ada"})
    foreign = await stub(None).call(VALIDATE, {"token": token("bob")})
    assert foreign["user"] == {"id": "bob", "username": "bob"}
    for bad in ("", "bad", token("bob", exp=1)):
        answer = await stub(None).call(VALIDATE, {"token": bad})
        assert (answer["success"], answer["isValid"], answer["error"]) == (True, False, "UNAUTHORIZED")
        assert answer["message"]
        assert "user" not in answer
