"""Each REST operation does what it says, over HTTP with the real services below."""

from collections.abc import AsyncIterator

import httpx
import pytest
from doubles.documents import documents
from doubles.gateway import Client, handshake, token

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site
from palaver_runtime.dialects.social import build, social_sockets
from palaver_runtime.dialects.social.routes import SocialRoutes
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.values import Caller, ConversationType
from palaver_runtime.transports.socketio import SocketLimits
from palaver_wire.social.routes import ROUTES, bind_routes

LIST = "/api/messaging/conversations"
SEND = "/api/messaging/messages"
NOWHERE = "0" * 24
SITE = Site(allowed_origins=(), max_body_bytes=100_000, sockets=SocketLimits(), shutdown_seconds=1)


class Rest:
    """Sends requests of a user's. Every status is one that the document declares for the operation."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._paths = documents("social")["openapi"]["paths"]

    async def __call__(
        self, user_id: str, method: str, path: str, body: object = None, status: int = 200
    ) -> dict[str, object]:
        """Give the body of an answer, which has the expected status."""
        answer = await self._client.request(
            method,
            path,
            headers={"Authorization": f"Bearer {token(user_id)}"},
            **({} if body is None else {"json": body}),
        )
        assert answer.status_code == status, answer.text
        found: dict[str, object] = answer.json()
        return found

    async def send(self, user_id: str, recipient: str, content: str = "hello") -> dict[str, object]:
        """Send a message and give it."""
        return await self(user_id, "POST", SEND, {"recipientId": recipient, "content": content}, 201)


@pytest.fixture
async def rest(core: Core, alice: Caller, bob: Caller) -> AsyncIterator[Rest]:
    """The dialect on the running core, which knows alice and bob."""
    surface = build(core, SITE)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(surface.app), base_url="http://server") as client:
        yield Rest(client)
    await surface.close()


async def test_message_over_http_reaches_sockets(core: Core, rest: Rest) -> None:
    """It makes the conversation, and both receive it as it was answered."""
    sockets = social_sockets(core)
    clients = [Client(name, "social") for name in ("alice", "bob")]
    for name, client in zip(("alice", "bob"), clients, strict=True):
        assert await sockets.connect(client.connection, handshake({"token": token(name)}))
    sent = await rest.send("alice", "bob")
    for client in clients:
        assert await client.hears("new_message") == sent
        sockets.disconnect(client.connection, "gone")
    await sockets.close()


async def test_message_is_repeated_over_http(rest: Rest) -> None:
    """A send whose answer was lost gives the first message when it is repeated."""
    request = {"recipientId": "bob", "content": "hello", "clientMessageId": "mine"}
    assert await rest("alice", "POST", SEND, request, 201) == await rest("alice", "POST", SEND, request, 201)


async def test_message_to_nobody(rest: Rest) -> None:
    """An unknown recipient is not found; one that is missing is named."""
    refused = await rest("alice", "POST", SEND, {"recipientId": "nobody", "content": "x"}, 404)
    assert refused["error"]["code"] == "NOT_FOUND"
    refused = await rest("alice", "POST", SEND, {"content": "x"}, 400)
    assert [each["field"] for each in refused["error"]["details"]["fields"]] == ["/recipientId"]


async def test_listing_shows_either_side(rest: Rest) -> None:
    """Each finds the conversation with its own count, and the other's beside it."""
    await rest.send("alice", "bob")
    last = await rest.send("alice", "bob", "are you there?")
    (hers,) = (await rest("alice", "GET", LIST))["conversations"]
    (his,) = (await rest("bob", "GET", LIST))["conversations"]
    assert (hers["unreadCount"], his["unreadCount"]) == (0, 2)
    assert {**hers, "unreadCount": 2} == his
    assert [(each["userId"], each["unreadCount"]) for each in his["participants"]] == [("alice", 0), ("bob", 2)]
    assert (his["lastMessage"], his["lastMessageAt"]) == (last, last["createdAt"])


async def test_listing_goes_on_from_its_cursor(core: Core, rest: Rest) -> None:
    """The latest conversation comes first; the next page follows by cursor, and the last one has none."""
    await core.accounts.authenticate(token("eve"))
    first = await rest.send("alice", "eve")
    second = await rest.send("alice", "bob")
    pages = [await rest("alice", "GET", f"{LIST}?limit=1")]
    pages.append(await rest("alice", "GET", f"{LIST}?limit=1&cursor={pages[0]['nextCursor']}"))
    assert [each["id"] for page in pages for each in page["conversations"]] == [
        second["conversationId"],
        first["conversationId"],
    ]
    assert "nextCursor" not in pages[1]
    refused = await rest("alice", "GET", f"{LIST}?cursor=made-up", status=400)
    assert [each["field"] for each in refused["error"]["details"]["fields"]] == ["/query/cursor"]


async def test_history_comes_in_loads_of_fifty(rest: Rest) -> None:
    """The newest fifty first; before a message the earlier ones, after one the later ones, in order."""
    # By turns, as neither may send so many at once.
    turns = [("alice", "bob"), ("bob", "alice")] * 27
    sent = [await rest.send(*turn, str(number)) for number, turn in enumerate(turns[:53])]
    path = f"{LIST}/{sent[0]['conversationId']}/messages"
    assert await rest("bob", "GET", path) == {"messages": sent[3:], "hasMore": True}
    assert await rest("bob", "GET", f"{path}?before={sent[3]['id']}") == {"messages": sent[:3], "hasMore": False}
    assert await rest("bob", "GET", f"{path}?after={sent[50]['id']}") == {"messages": sent[51:], "hasMore": False}
    assert await rest("bob", "GET", f"{path}?limit=2") == {"messages": sent[51:], "hasMore": True}
    for query in (f"before={sent[0]['id']}&after={sent[1]['id']}", "limit=51", "limit=0", "page=1"):
        await rest("bob", "GET", f"{path}?{query}", status=400)
    await rest("bob", "GET", f"{path}?before={NOWHERE}", status=404)


async def test_history_agrees_with_other_dialects(core: Core, rest: Rest, alice: Caller) -> None:
    """What was edited or deleted by other means, without an event here, is there as it now is."""
    first, second = await rest.send("alice", "bob", "one"), await rest.send("alice", "bob", "two")
    await core.messages.edit(alice, str(first["id"]), "uno")
    await core.messages.delete(alice, str(second["id"]))
    page = await rest("bob", "GET", f"{LIST}/{first['conversationId']}/messages")
    assert [(each["content"], each["isEdited"], each["isDeleted"]) for each in page["messages"]] == [
        ("uno", True, False),
        ("", False, True),
    ]
    (listed,) = (await rest("bob", "GET", LIST))["conversations"]
    assert listed["lastMessage"] == page["messages"][1]
    assert listed["unreadCount"] == 1


@pytest.mark.parametrize("body", [None, {}])
async def test_marking_read(rest: Rest, body: object) -> None:
    """With or without an empty body everything is read."""
    sent = await rest.send("alice", "bob")
    path = f"{LIST}/{sent['conversationId']}/read"
    assert await rest("bob", "PATCH", path, body) == {
        "conversationId": sent["conversationId"],
        "unreadCount": 0,
        "lastReadMessageId": sent["id"],
    }
    (listed,) = (await rest("alice", "GET", LIST))["conversations"]
    assert [each["unreadCount"] for each in listed["participants"]] == [0, 0]
    await rest("bob", "PATCH", path, {"messageId": sent["id"]}, 400)


@pytest.mark.parametrize(("method", "what"), [("GET", "messages"), ("PATCH", "read"), ("POST", None)])
async def test_conversation_must_be_ones_own(
    core: Core, rest: Rest, bob: Caller, method: str, what: str | None
) -> None:
    """One of others, be it of two or more, and one that is not there are refused in the same words."""
    await core.accounts.authenticate(token("eve"))
    foreign = await rest.send("bob", "eve")
    group, _ = await core.conversations.create(bob, CreateConversation(type=ConversationType.GROUP, user_ids=("eve",)))
    answers = []
    for each in (group.id, foreign["conversationId"], NOWHERE):
        path = SEND if what is None else f"{LIST}/{each}/{what}"
        body = {"conversationId": each, "content": "x"} if what is None else None
        answers.append(await rest("alice", method, path, body, 403))
    message = "You are not a participant of this conversation"
    assert answers == [{"error": {"code": "FORBIDDEN", "message": message}}] * 3


async def test_groups_are_listed_and_answered(core: Core, rest: Rest, alice: Caller) -> None:
    """A group of another dialect stands among the conversations, with all who are in it, and goes like any other."""
    direct = await rest.send("alice", "bob")
    await core.accounts.authenticate(token("eve"))
    command = CreateConversation(type=ConversationType.GROUP, user_ids=("eve", "bob"), name="Harbour trip")
    group, _ = await core.conversations.create(alice, command)
    await core.messages.send(alice, SendMessage(conversation_id=group.id, content="Who comes along?"))
    answer = await rest("bob", "POST", SEND, {"conversationId": group.id, "content": "I do"}, 201)
    assert (answer["conversationId"], answer["sequence"]) == (group.id, 2)
    listed = (await rest("bob", "GET", LIST))["conversations"]
    assert [(each["id"], each.get("name"), each["unreadCount"]) for each in listed] == [
        (group.id, "Harbour trip", 1),
        (direct["conversationId"], None, 1),
    ]
    assert listed[0]["participants"] == [{"userId": each} for each in ("alice", "eve", "bob")]
    assert listed[0]["lastMessage"] == answer
    page = await rest("eve", "GET", f"{LIST}/{group.id}/messages")
    assert [each["content"] for each in page["messages"]] == ["Who comes along?", "I do"]
    assert (await rest("eve", "PATCH", f"{LIST}/{group.id}/read"))["unreadCount"] == 0


async def test_strangers_are_refused(rest: Rest) -> None:
    """Every operation wants a token."""
    for route in ROUTES:
        path = route.path.replace("{conversationId}", NOWHERE)
        answer = await rest._client.request(route.method, path, json={} if route.body else None)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


def test_all_routes_are_handled(core: Core) -> None:
    """Each operation of the document has its handler."""
    assert [each.route for each in bind_routes(SocialRoutes(core))] == list(ROUTES)
