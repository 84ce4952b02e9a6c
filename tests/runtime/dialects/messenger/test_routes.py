"""Each REST operation does what it says, with the real services."""

import json

import pytest
from doubles.documents import component

from palaver_runtime.core import Core
from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects.messenger.routes import MessengerRoutes
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.errors import ChatError, Conflict, Forbidden, Invalid, NotFound
from palaver_runtime.domain.values import UNNAMED, Caller
from palaver_wire.contract import WireModel
from palaver_wire.messenger.routes import ROUTES, bind_routes

NOWHERE = "0" * 24


class Rest:
    """Calls operations as the transport does: parameters as strings, the body as JSON."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._bound = {each.route.operation: each for each in bind_routes(MessengerRoutes(core))}

    async def __call__(self, caller: Caller, operation: str, body: object = None, **parameters: str) -> object:
        """Call an operation; give its body, which has the declared model and fits the document."""
        return (await self.answer(caller, operation, body, **parameters))[1]

    async def answer(
        self, caller: Caller, operation: str, body: object = None, **parameters: str
    ) -> tuple[int, object]:
        """Call an operation; give its status and its body."""
        bound = self._bound[operation]
        route = bound.route
        given: list[object] = [caller]
        if route.parameters:
            given.append(route.parameters.model_validate_strings(parameters, strict=True, by_alias=True, by_name=False))
        if route.body:
            given.append(read(route.body, json.dumps(body)))
        result = await bound.call(*given)
        status, answer = result if isinstance(result, tuple) else (next(iter(route.statuses)), result)
        assert isinstance(answer, WireModel)
        written = answer.model_dump(mode="json", by_alias=True)
        component("messenger", "openapi", type(answer).__name__).validate(written)
        return status, written

    async def group(self, owner: Caller, *others: str) -> str:
        """Create a group."""
        created = await self(owner, "createConversation", {"type": "group", "memberIds": others, "name": "n"})
        return str(created["id"])

    async def say(self, caller: Caller, conversation_id: str, content: str) -> str:
        """Send a message, and give its id."""
        command = SendMessage(conversation_id=conversation_id, content=content)
        return (await self.core.messages.send(caller, command)).id


@pytest.fixture
def rest(core: Core) -> Rest:
    """The operations on the running core."""
    return Rest(core)


async def test_direct_conversation_is_created_once(rest: Rest, alice: Caller, bob: Caller) -> None:
    """The first request for a direct conversation creates it, any other finds it as it then is for who asks."""
    status, created = await rest.answer(alice, "createConversation", {"type": "direct", "memberIds": ["bob"]})
    assert status == 201
    assert [each["userId"] for each in created["members"]] == ["alice", "bob"]
    assert created["unreadCount"] == 0
    said = await rest.say(alice, created["id"], "hello")
    status, found = await rest.answer(bob, "createConversation", {"type": "direct", "memberIds": ["alice"]})
    assert status == 200
    assert (found["id"], found["unreadCount"], found["lastMessage"]["id"]) == (created["id"], 1, said)


async def test_group_is_created(rest: Rest, alice: Caller, bob: Caller) -> None:
    """A group has its name, and its creator owns it."""
    body = {"type": "group", "memberIds": ["bob"], "name": "Planning"}
    status, created = await rest.answer(alice, "createConversation", body)
    assert (status, created["name"], created["createdBy"]) == (201, "Planning", "alice")
    assert [(each["userId"], each["role"]) for each in created["members"]] == [("alice", "owner"), ("bob", "member")]
    assert await rest(bob, "getConversation", conversationId=created["id"]) == created


@pytest.mark.parametrize(
    "body",
    [
        {"type": "direct", "memberIds": []},
        {"type": "direct", "memberIds": ["bob", "eve"]},
        {"type": "direct", "memberIds": ["bob"], "name": "n"},
    ],
)
async def test_direct_conversation_is_of_two(rest: Rest, alice: Caller, bob: Caller, body: object) -> None:
    """A direct conversation is with exactly one other, and has no name."""
    with pytest.raises(Invalid):
        await rest(alice, "createConversation", body)


async def test_unknown_member_is_not_found(rest: Rest, alice: Caller) -> None:
    """Nobody is added who is not there."""
    with pytest.raises(NotFound):
        await rest(alice, "createConversation", {"type": "group", "memberIds": ["nobody"]})


async def test_listing_has_the_latest_first(rest: Rest, alice: Caller, bob: Caller) -> None:
    """The listing is ordered by the last message, and has it, with what is unread of the caller's own."""
    first, second = await rest.group(alice, "bob"), await rest.group(alice, "bob")
    await rest.say(alice, first, "one")
    last = await rest.say(alice, first, "two")
    page = await rest(bob, "getConversations")
    assert [each["id"] for each in page["conversations"]] == [first, second]
    assert (page["conversations"][0]["lastMessage"]["id"], page["conversations"][0]["unreadCount"]) == (last, 2)
    assert page["conversations"][0]["updatedAt"] == page["conversations"][0]["lastMessage"]["createdAt"]
    assert "lastMessage" not in page["conversations"][1]
    assert (await rest(alice, "getConversations"))["conversations"][0]["unreadCount"] == 0


async def test_listing_goes_on_from_its_cursor(rest: Rest, alice: Caller) -> None:
    """Pages follow each other by cursor; the last one has none, and none comes twice."""
    created = [await rest.group(alice) for _ in range(3)]
    first = await rest(alice, "getConversations", limit="2")
    second = await rest(alice, "getConversations", limit="2", cursor=first["nextCursor"])
    found = [each["id"] for page in (first, second) for each in page["conversations"]]
    assert sorted(found) == sorted(created)
    assert len(first["conversations"]) == 2
    assert "nextCursor" not in second
    with pytest.raises(Invalid):
        await rest(alice, "getConversations", cursor="made-up")


async def test_messages_are_paged_newest_first(rest: Rest, alice: Caller) -> None:
    """Pages run towards the past with `before` and towards now with `after`, each with the newest on top."""
    here = await rest.group(alice)
    ids = [await rest.say(alice, here, content) for content in ("one", "two", "three", "four")]

    async def page(**parameters: str) -> tuple[list[str], bool]:
        answer = await rest(alice, "getMessages", conversationId=here, **parameters)
        return [each["id"] for each in answer["messages"]], answer["hasMore"]

    assert await page() == (ids[::-1], False)
    assert await page(limit="2") == ([ids[3], ids[2]], True)
    assert await page(limit="2", before=ids[2]) == ([ids[1], ids[0]], False)
    assert await page(limit="2", after=ids[0]) == ([ids[2], ids[1]], True)
    assert await page(limit="2", after=ids[2]) == ([ids[3]], False)


async def test_changes_of_other_dialects_are_in_the_history(rest: Rest, alice: Caller) -> None:
    """What was edited or deleted elsewhere is shown as it now is, in the history and in the listing."""
    here = await rest.group(alice)
    edited, deleted = await rest.say(alice, here, "one"), await rest.say(alice, here, "regretted")
    await rest.core.messages.edit(alice, edited, "uno")
    await rest.core.messages.delete(alice, deleted)
    newest, oldest = (await rest(alice, "getMessages", conversationId=here))["messages"]
    assert (oldest["content"], oldest["isEdited"], oldest["isDeleted"]) == ("uno", True, False)
    assert (newest["content"], newest["isDeleted"], newest["sequence"]) == ("", True, 2)
    assert (await rest(alice, "getConversation", conversationId=here))["lastMessage"] == newest


async def test_before_and_after_are_not_combined(rest: Rest, alice: Caller) -> None:
    """A page is read in one direction."""
    here = await rest.group(alice)
    with pytest.raises(Invalid) as caught:
        await rest(alice, "getMessages", conversationId=here, before=NOWHERE, after=NOWHERE)
    assert [each.field for each in caught.value.problems] == ["/query/after"]


async def test_members_are_added(rest: Rest, alice: Caller, bob: Caller) -> None:
    """The owner adds a member, once, and to groups alone."""
    here = await rest.group(alice)
    status, member = await rest.answer(alice, "addMember", {"userId": "bob"}, conversationId=here)
    assert (status, member["userId"], member["role"]) == (201, "bob", "member")
    with pytest.raises(Conflict):
        await rest(alice, "addMember", {"userId": "bob"}, conversationId=here)
    with pytest.raises(Forbidden):
        await rest(bob, "addMember", {"userId": "alice"}, conversationId=here)
    direct = await rest(alice, "createConversation", {"type": "direct", "memberIds": ["bob"]})
    with pytest.raises(Conflict):
        await rest(alice, "addMember", {"userId": "bob"}, conversationId=direct["id"])


async def test_members_are_called_by_their_names(rest: Rest, core: Core) -> None:
    """Who has an account is shown under its name."""
    signed_in = await core.accounts.register("carol_k", "correct horse battery", "Carol")
    carol = await core.accounts.authenticate(signed_in.access_token)
    (member,) = (await rest(carol, "createConversation", {"type": "group", "memberIds": []}))["members"]
    assert member["displayName"] == "Carol"


async def test_unread_is_counted(rest: Rest, alice: Caller, bob: Caller) -> None:
    """What is unread is counted for each, as the listing does, and less once it was read."""
    here = await rest.group(alice, "bob")
    said = await rest.say(alice, here, "one")
    assert await rest(bob, "getUnread", conversationId=here) == {"conversationId": here, "unreadCount": 1}
    await rest.core.receipts.mark(bob, here, said)
    read_all = {"conversationId": here, "unreadCount": 0, "lastReadMessageId": said}
    assert await rest(bob, "getUnread", conversationId=here) == read_all


async def test_who_is_online(core: Core, rest: Rest, alice: Caller, bob: Caller) -> None:
    """Of the members, those who are connected are listed."""
    here = await rest.group(alice, "bob")
    assert await rest(alice, "getOnline", conversationId=here) == {"userIds": []}
    await core.presence.admit("bob", "c1")
    await core.presence.arrived("bob", UNNAMED, [])
    assert await rest(alice, "getOnline", conversationId=here) == {"userIds": ["bob"]}


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("getConversation", None),
        ("getMessages", None),
        ("addMember", {"userId": "bob"}),
        ("getUnread", None),
        ("getOnline", None),
    ],
)
async def test_what_is_not_there_is_refused_as_declared(
    rest: Rest, alice: Caller, operation: str, body: object
) -> None:
    """A conversation that does not exist, or is not the caller's, gets a code that the document names."""
    (route,) = [each for each in ROUTES if each.operation == operation]
    with pytest.raises(ChatError) as caught:
        await rest(alice, operation, body, conversationId=NOWHERE)
    assert caught.value.code == "FORBIDDEN"
    assert caught.value.code in route.errors
