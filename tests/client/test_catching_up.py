"""What was missed, from stores that the tests hold in their hands."""

from collections.abc import Callable
from typing import Any

import pytest

from palaver_client.catching_up import CatchingUp
from palaver_client.marks import Mark, Marks
from palaver_client.operations import Operations
from palaver_client.rooms import Rooms
from palaver_wire.aether import client as aether
from palaver_wire.client import Dialect
from palaver_wire.envelope import client as envelope
from palaver_wire.gateway import client as gateway
from palaver_wire.messenger import client as messenger

Answer = Callable[[str, Any], Any]


class Scene:
    """A client that catches up, what it asked and what it told."""

    def __init__(self, dialect: Dialect, answer: Answer) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.told: list[tuple[str, Any]] = []
        self.marks = Marks()
        self.rooms = Rooms(self.marks)
        self._answer = answer
        operations = Operations(dialect, self._ask, self._ask)
        self.catching_up = CatchingUp(dialect, operations, self.marks, self.rooms)
        self.dialect = dialect

    async def _ask(self, name: str, value: Any) -> Any:
        self.asked.append((name, value))
        answer = self._answer(name, value)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run(self) -> list[tuple[str, Any]]:
        """Catch up, with messages admitted as a client does; return what was told."""
        await self.catching_up.run(self._tell, self._ask)
        return self.told

    def _tell(self, name: str, value: Any) -> None:
        if self.marks.admit(self.dialect.received[name].meaning, value):
            self.told.append((name, value))


def message(sequence: int, revision: int | None = None, **more: Any) -> dict[str, Any]:
    """Return a message of the conversation c."""
    given = {"id": f"m{sequence}", "conversationId": "c", "sequence": sequence, "content": "hello"}
    return given | ({} if revision is None else {"revision": revision}) | more


async def test_sync_asks_page_by_page_from_where_one_stands() -> None:
    """New messages come as they would have come, then the changes of those that were known; the revision is kept."""
    pages = [
        {"messages": [message(3, 5), message(4, 9)], "changed": [], "hasMore": True, "revision": 6},
        {
            "messages": [],
            "changed": [
                message(1, 7, isEdited=True, updatedAt="later"),
                message(2, 8, isDeleted=True, deletedAt="late"),
                message(1, 2, isEdited=True, updatedAt="long ago"),
            ],
            "hasMore": False,
            "revision": 9,
        },
    ]
    listed = {"conversations": [{"id": "c", "revision": 9, "lastMessage": message(4)}]}
    scene = Scene(gateway.DIALECT, lambda name, _: listed if name == "listConversations" else pages.pop(0))
    scene.marks.place("c", Mark("m2", 2, 4))
    told = await scene.run()
    assert scene.asked[1:] == [
        ("messages:sync", {"conversationId": "c", "lastMessageId": "m2", "revision": 4}),
        ("messages:sync", {"conversationId": "c", "lastMessageId": "m4", "revision": 6}),
    ]
    edited = {"messageId": "m1", "conversationId": "c", "content": "hello", "isEdited": True, "updatedAt": "later"}
    deleted = {"messageId": "m2", "conversationId": "c", "deletedAt": "late"}
    assert told == [
        ("message:new", message(3, 5)),
        ("message:new", message(4, 9)),
        ("message:updated", {**edited, "sequence": 1, "revision": 7}),
        ("message:deleted", {**deleted, "sequence": 2, "revision": 8}),
    ]
    assert scene.marks.of("c") == Mark("m4", 4, 9)


async def test_conversation_that_stands_where_it_stood_is_not_asked_for() -> None:
    """One that is new is, from its beginning; one that is gone is forgotten; one that is refused is passed over."""
    listed: list[Any] = [
        {
            "conversations": [
                {"id": "same", "revision": 4, "lastMessage": message(2)},
                {"id": "new", "revision": 1},
                {"id": "lost", "revision": 1},
            ],
            "nextCursor": "next",
        },
        {"conversations": []},
    ]

    def answer(name: str, value: Any) -> Any:
        if name == "listConversations":
            return listed.pop(0)
        if value["conversationId"] == "lost":
            return gateway.DIALECT.refused(name, "FORBIDDEN", "no", {})
        return {"messages": [], "changed": [], "hasMore": False, "revision": 1}

    scene = Scene(gateway.DIALECT, answer)
    scene.marks.place("same", Mark("m2", 2, 4))
    scene.marks.place("gone", Mark("m2", 2, 4))
    assert await scene.run() == []
    assert scene.asked == [
        ("listConversations", {}),
        ("listConversations", {"query": {"cursor": "next"}}),
        ("messages:sync", {"conversationId": "new"}),
        ("messages:sync", {"conversationId": "lost"}),
    ]
    assert set(scene.marks.conversations) == {"same", "new"}


async def test_server_that_was_restored_is_gone_on_with() -> None:
    """Where the last message is unknown there something is missing, and what comes after its present state is told."""
    listed = {"conversations": [{"id": "c", "revision": 5, "lastMessage": message(3, 5)}]}
    refused = gateway.DIALECT.refused("messages:sync", "NOT_FOUND", "no such message", {})
    scene = Scene(gateway.DIALECT, lambda name, _: listed if name == "listConversations" else refused)
    scene.marks.place("c", Mark("m9", 9, 12))
    assert not await scene.catching_up.run(scene._tell, scene._ask)
    assert scene.told == []
    assert scene.marks.of("c") == Mark("m3", 3, 5)
    scene._tell("message:new", message(4, 6))
    assert [name for name, _ in scene.told] == ["message:new"]


async def test_nothing_is_told_of_what_breaks_off() -> None:
    """A conversation whose second page does not come is asked for again as if nothing had been."""
    pages: list[Any] = [
        {"messages": [message(3, 5)], "changed": [], "hasMore": True, "revision": 5},
        RuntimeError("the connection ended"),
    ]
    listed = {"conversations": [{"id": "c", "revision": 9}]}
    scene = Scene(gateway.DIALECT, lambda name, _: listed if name == "listConversations" else pages.pop(0))
    scene.marks.place("c", Mark("m2", 2, 4))
    with pytest.raises(RuntimeError):
        await scene.run()
    assert (scene.told, scene.marks.of("c")) == ([], Mark("m2", 2, 4))


async def test_history_goes_on_from_the_last_message() -> None:
    """Newest first on each page, told in order; and where no event says ready, the room is entered before."""
    pages = [
        {"messages": [message(4), message(3)], "hasMore": True},
        {"messages": [message(5)], "hasMore": False},
    ]
    listed = {"conversations": [{"id": "c", "lastMessage": message(5)}]}

    def answer(name: str, _: Any) -> Any:
        if name == "getConversations":
            return listed
        return {"success": True} if name == "conversation:join" else pages.pop(0)

    scene = Scene(messenger.DIALECT, answer)
    scene.marks.place("c", Mark("m2", 2))
    told = await scene.run()
    assert [value["sequence"] for _, value in told] == [3, 4, 5]
    path = {"conversationId": "c"}
    assert scene.asked == [
        ("conversation:join", path),
        ("getConversations", {}),
        ("getMessages", {"path": path, "query": {"after": "m2"}}),
        ("getMessages", {"path": path, "query": {"after": "m4"}}),
    ]


async def test_history_goes_back_to_the_mark() -> None:
    """Where documents can only ask for what came before; rooms are entered again, and one that is closed is left."""
    stored = [{"id": f"m{number}", "roomId": "r", "sequenceId": number} for number in range(1, 8)]

    def answer(name: str, value: Any) -> Any:
        if name == "joinRoom":
            if value["payload"]["roomId"] == "closed":
                return envelope.DIALECT.refused(name, "FORBIDDEN", "no", {})
            return {"payload": {}}
        before = value.get("query", {}).get("beforeSequenceId", 100)
        page = [each for each in stored if each["sequenceId"] < before][-2:]
        return {"messages": page, "hasMore": page[0]["sequenceId"] > 1}

    scene = Scene(envelope.DIALECT, answer)
    joined: Any = {"payload": {"room": {"id": "r"}, "messages": stored[:3]}}
    for room in ("r", "closed"):
        asked: Any = {"type": "joinRoom", "payload": {"roomId": room}}
        joined["payload"]["room"]["id"] = room
        scene.rooms.enter("joinRoom", envelope.DIALECT.sent["joinRoom"], asked, joined)
    told = await scene.run()
    assert [value["payload"]["sequenceId"] for _, value in told] == [4, 5, 6, 7]
    assert {name for name, _ in told} == {"message"}
    assert all(value["type"] == "message" for _, value in told)
    assert [value["query"] for name, value in scene.asked if name == "listMessages" and "query" in value] == [
        {"beforeSequenceId": 6}
    ]
    assert set(scene.rooms.entered) == {"r"}


async def test_begin_takes_note_and_tells_nothing() -> None:
    """Of all pages; where rooms have to be entered there is nothing to take note of."""
    listed: list[Any] = [
        {"conversations": [{"id": "c", "revision": 9, "lastMessage": message(4)}], "nextCursor": "n"},
        {"conversations": [{"id": "d", "revision": 1}]},
    ]
    scene = Scene(gateway.DIALECT, lambda *_: listed.pop(0))
    await scene.catching_up.begin()
    assert (scene.marks.of("c"), scene.marks.of("d")) == (Mark("m4", 4, 9), Mark(None, 0, 1))
    entered = Scene(envelope.DIALECT, lambda *_: pytest.fail("nothing is to be asked"))
    await entered.catching_up.begin()


def test_documents_without_a_way_say_so() -> None:
    """A client of these cannot promise that it was told everything."""
    answers: Answer = lambda *_: None  # noqa: E731
    assert Scene(gateway.DIALECT, answers).catching_up.complete
    assert Scene(messenger.DIALECT, answers).catching_up.complete
    assert not Scene(aether.DIALECT, answers).catching_up.complete
