"""Each REST operation does what it says, with the real services."""

import json

import pytest
from doubles.gateway import component

from palaver_runtime.core import Core
from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects.gateway.routes import GatewayRoutes
from palaver_runtime.domain.errors import ChatError, Conflict, Forbidden, Invalid, NotFound, Unauthorized
from palaver_runtime.domain.values import UNNAMED, Caller
from palaver_wire.contract import WireModel
from palaver_wire.gateway.routes import ROUTES, bind_routes

NOWHERE = "0" * 24
ALICE = {"username": "alice", "password": "correct horse battery"}


class Rest:
    """Calls operations as the transport does: parameters as strings, the body as JSON."""

    def __init__(self, core: Core) -> None:
        self._bound = {each.route.operation: each for each in bind_routes(GatewayRoutes(core))}

    async def __call__(self, caller: Caller | None, operation: str, body: object = None, **parameters: str) -> object:
        """Call an operation; give its body, which has the declared model and fits the document."""
        return (await self.answer(caller, operation, body, **parameters))[1]

    async def answer(
        self, caller: Caller | None, operation: str, body: object = None, **parameters: str
    ) -> tuple[int, object]:
        """Call an operation; give its status and its body."""
        bound = self._bound[operation]
        route = bound.route
        given: list[object] = [caller] if route.secured else []
        if route.parameters:
            given.append(route.parameters.model_validate_strings(parameters, strict=True, by_alias=True, by_name=False))
        if route.body:
            given.append(read(route.body, json.dumps(body)))
        result = await bound.call(*given)
        status, answer = result if isinstance(result, tuple) else (next(iter(route.statuses)), result)
        if answer is None:
            return status, None
        assert isinstance(answer, WireModel)
        written = answer.model_dump(mode="json", by_alias=True)
        component("openapi", type(answer).__name__).validate(written)
        return status, written


@pytest.fixture
def rest(core: Core) -> Rest:
    """The operations on the running core."""
    return Rest(core)


async def _group(rest: Rest, owner: Caller, *others: str) -> str:
    created = await rest(owner, "createConversation", {"type": "group", "participantIds": others, "name": "n"})
    return str(created["id"])


async def test_accounts(core: Core, rest: Rest) -> None:
    """One registers, signs in, refreshes once, is known by the token, and signs out."""
    status, registered = await rest.answer(None, "register", {**ALICE, "displayName": "Alice"})
    assert status == 201
    assert registered["user"]["displayName"] == "Alice"
    with pytest.raises(Conflict):
        await rest(None, "register", ALICE)
    with pytest.raises(Unauthorized):
        await rest(None, "login", {**ALICE, "password": "wrong"})
    signed_in = await rest(None, "login", ALICE)
    assert signed_in["user"] == registered["user"]
    refreshed = await rest(None, "refresh", {"refreshToken": signed_in["refreshToken"]})
    assert refreshed["refreshToken"] != signed_in["refreshToken"]
    caller = await core.accounts.authenticate(refreshed["accessToken"])
    assert await rest(caller, "getMe") == registered["user"]
    assert await rest.answer(caller, "logout") == (204, None)
    with pytest.raises(Unauthorized):
        await core.accounts.authenticate(refreshed["accessToken"])


async def test_other_users(rest: Rest, alice: Caller, bob: Caller) -> None:
    """Another user is found once there is a conversation in common."""
    with pytest.raises(NotFound):
        await rest(alice, "getUser", userId="bob")
    await _group(rest, alice, "bob")
    assert (await rest(alice, "getUser", userId="bob"))["id"] == "bob"


async def test_direct_conversation_is_created_once(rest: Rest, alice: Caller, bob: Caller) -> None:
    """The first request for a direct conversation creates it (201), any other finds it (200)."""
    direct = {"type": "direct", "participantIds": ["bob"]}
    status, created = await rest.answer(alice, "createConversation", direct)
    assert status == 201
    assert [each["userId"] for each in created["participants"]] == ["alice", "bob"]
    assert await rest.answer(bob, "createConversation", {**direct, "participantIds": ["alice"]}) == (200, created)


async def test_change_changes_something(rest: Rest, alice: Caller) -> None:
    """A change without anything in it is refused, and no revision is spent on it."""
    group = await _group(rest, alice)
    with pytest.raises(Invalid):
        await rest(alice, "updateConversation", {}, conversationId=group)
    assert (await rest(alice, "getConversation", conversationId=group))["revision"] == 1


async def test_listing_goes_on_from_its_cursor(rest: Rest, alice: Caller) -> None:
    """Pages follow each other by cursor; the last one has none, and none comes twice."""
    created = [await _group(rest, alice) for _ in range(3)]
    first = await rest(alice, "listConversations", limit="2")
    second = await rest(alice, "listConversations", limit="2", cursor=first["nextCursor"])
    found = [each["id"] for page in (first, second) for each in page["conversations"]]
    assert sorted(found) == sorted(created)
    assert len(first["conversations"]) == 2
    assert "nextCursor" not in second


async def test_foreign_cursor_is_refused(rest: Rest, alice: Caller) -> None:
    """What is no cursor of the listing is the client's mistake."""
    with pytest.raises(Invalid) as caught:
        await rest(alice, "listConversations", cursor="made-up")
    assert [each.field for each in caught.value.problems] == ["/query/cursor"]


async def test_conversation_is_changed(rest: Rest, alice: Caller) -> None:
    """Name and metadata change one by one; what is left out stays."""
    here = await _group(rest, alice)
    await rest(alice, "updateConversation", {"metadata": {"k": 1}}, conversationId=here)
    changed = await rest(alice, "updateConversation", {"name": "new"}, conversationId=here)
    assert (changed["name"], changed["metadata"]) == ("new", {"k": 1})
    found = await rest(alice, "getConversation", conversationId=here)
    assert found == {**changed, "unreadCount": 0}


async def test_participants_come_and_go(rest: Rest, alice: Caller, bob: Caller) -> None:
    """The owner adds and removes others; everybody may leave."""
    here = await _group(rest, alice)
    status, participant = await rest.answer(alice, "addParticipant", {"userId": "bob"}, conversationId=here)
    assert (status, participant["userId"], participant["role"]) == (201, "bob", "member")
    assert await rest.answer(alice, "removeParticipant", conversationId=here, userId="bob") == (204, None)
    with pytest.raises(Forbidden):
        await rest(bob, "getConversation", conversationId=here)
    await rest(alice, "addParticipant", {"userId": "bob"}, conversationId=here)
    assert await rest.answer(bob, "leaveConversation", conversationId=here) == (204, None)
    with pytest.raises(Forbidden):
        await rest(bob, "getConversation", conversationId=here)


async def test_messages_are_sent_and_listed(rest: Rest, alice: Caller) -> None:
    """History has what was sent, page by page in both directions."""
    here = await _group(rest, alice)
    sent = []
    for content in ("one", "two", "three"):
        status, message = await rest.answer(alice, "createMessage", {"content": content}, conversationId=here)
        assert status == 201
        sent.append(message)
    newest = await rest(alice, "listMessages", conversationId=here, limit="2")
    assert newest == {"messages": sent[1:], "hasMore": True}
    earlier = await rest(alice, "listMessages", conversationId=here, before=sent[1]["id"])
    assert earlier == {"messages": sent[:1], "hasMore": False}
    later = await rest(alice, "listMessages", conversationId=here, after=sent[0]["id"], limit="1")
    assert later == {"messages": sent[1:2], "hasMore": True}


async def test_before_and_after_are_not_combined(rest: Rest, alice: Caller) -> None:
    """A page is read in one direction."""
    here = await _group(rest, alice)
    with pytest.raises(Invalid) as caught:
        await rest(alice, "listMessages", conversationId=here, before=NOWHERE, after=NOWHERE)
    assert [each.field for each in caught.value.problems] == ["/query/after"]


async def test_messages_are_changed(rest: Rest, alice: Caller) -> None:
    """A message is edited, and removed."""
    here = await _group(rest, alice)
    message = await rest(alice, "createMessage", {"content": "one"}, conversationId=here)
    edited = await rest(alice, "updateMessage", {"content": "uno"}, messageId=message["id"])
    assert (edited["content"], edited["isEdited"]) == ("uno", True)
    assert await rest.answer(alice, "removeMessage", messageId=message["id"]) == (204, None)
    (left,) = (await rest(alice, "listMessages", conversationId=here))["messages"]
    assert (left["content"], left["isDeleted"]) == ("", True)


async def test_reading_is_marked(rest: Rest, alice: Caller, bob: Caller) -> None:
    """What is unread is counted for each, and less once it was read."""
    here = await _group(rest, alice, "bob")
    message = await rest(alice, "createMessage", {"content": "one"}, conversationId=here)
    assert await rest(bob, "getUnread", conversationId=here) == {"conversationId": here, "unreadCount": 1}
    mark = await rest(bob, "markConversationRead", {"messageId": message["id"]}, conversationId=here)
    assert mark == {
        "conversationId": here,
        "unreadCount": 0,
        "lastReadMessageId": message["id"],
        "lastReadSequence": 1,
    }
    assert await rest(bob, "getUnread", conversationId=here) == mark


async def test_who_is_online(core: Core, rest: Rest, alice: Caller, bob: Caller) -> None:
    """Of the participants, those who are connected are listed."""
    here = await _group(rest, alice, "bob")
    assert await rest(alice, "listOnline", conversationId=here) == {"userIds": []}
    await core.presence.admit("bob", "c1")
    await core.presence.arrived("bob", UNNAMED, [])
    assert await rest(alice, "listOnline", conversationId=here) == {"userIds": ["bob"]}


@pytest.mark.parametrize(
    ("operation", "body", "parameters"),
    [
        ("getConversation", None, {"conversationId": NOWHERE}),
        ("updateConversation", {"name": "n"}, {"conversationId": NOWHERE}),
        ("addParticipant", {"userId": "bob"}, {"conversationId": NOWHERE}),
        ("removeParticipant", None, {"conversationId": NOWHERE, "userId": "bob"}),
        ("leaveConversation", None, {"conversationId": NOWHERE}),
        ("listMessages", None, {"conversationId": NOWHERE}),
        ("createMessage", {"content": "x"}, {"conversationId": NOWHERE}),
        ("updateMessage", {"content": "x"}, {"messageId": NOWHERE}),
        ("removeMessage", None, {"messageId": NOWHERE}),
        ("markConversationRead", {"messageId": NOWHERE}, {"conversationId": NOWHERE}),
        ("getUnread", None, {"conversationId": NOWHERE}),
        ("listOnline", None, {"conversationId": NOWHERE}),
    ],
)
async def test_what_is_not_there_is_refused_as_declared(
    rest: Rest, alice: Caller, operation: str, body: object, parameters: dict[str, str]
) -> None:
    """What does not exist, or is not the caller's, gets a code that the document names for the operation."""
    (route,) = [each for each in ROUTES if each.operation == operation]
    with pytest.raises(ChatError) as caught:
        await rest(alice, operation, body, **parameters)
    assert caught.value.code == ("NOT_FOUND" if "messageId" in parameters else "FORBIDDEN")
    assert caught.value.code in route.errors
