"""Which event answers which request."""

from typing import Any

from palaver_client.replies import Replies, Reply
from palaver_wire.aether.client import DIALECT

SEND = DIALECT.sent["send_message"]
JOIN = DIALECT.sent["join_room"]


def ignore(_: object) -> None:
    """Take note of nothing."""


def say(content: str, room: str = "r") -> Any:
    """Return what asks to send a message."""
    return {"roomId": room, "content": content}


def hear(replies: Replies, name: str, value: Any) -> None:
    """Let an event come."""
    replies.hear(name, DIALECT.received[name], value)


def message(content: str, user: str = "alice", room: str = "r") -> Any:
    """Return a message as all hear it."""
    return {"id": "m", "userId": user, "roomId": room, "content": content}


async def test_message_answers_who_sent_it() -> None:
    """One of somebody else, of another room or of other words does not; the first that fits answers the oldest."""
    replies = Replies()
    replies.user = "alice"
    first = replies.expect("send_message", SEND, say("hello"), ignore)
    second = replies.expect("send_message", SEND, say("hello"), ignore)
    for other in (message("hello", user="bob"), message("hello", room="s"), message("hullo")):
        hear(replies, "new_message", other)
    assert not first.done()
    hear(replies, "new_message", message("hello"))
    assert (first.result(), second.done()) == (Reply(message("hello"), refused=False), False)


async def test_refusal_goes_to_the_event_that_it_names() -> None:
    """One that names another event is nobody's; one that names none is that of the oldest."""
    replies = Replies()
    join = replies.expect("join_room", JOIN, {"roomId": "r"}, ignore)
    send = replies.expect("send_message", SEND, say("hello"), ignore)
    error = {"code": "FORBIDDEN", "message": "no"}
    hear(replies, "error", {**error, "originalEvent": "typing_start"})
    assert (join.done(), send.done()) == (False, False)
    hear(replies, "error", {**error, "originalEvent": "send_message"})
    assert (join.done(), send.result().refused) == (False, True)
    hear(replies, "error", error)
    assert join.result().refused


async def test_success_is_settled_before_anything_else_is_heard() -> None:
    """A refusal settles nothing."""
    replies = Replies()
    settled: list[object] = []
    replies.expect("join_room", JOIN, {"roomId": "r"}, settled.append)
    replies.expect("join_room", JOIN, {"roomId": "s"}, settled.append)
    hear(replies, "error", {"code": "FORBIDDEN", "message": "no"})
    hear(replies, "joined_room", {"roomId": "s"})
    assert settled == [{"roomId": "s"}]


async def test_who_waits_no_longer_is_passed_over() -> None:
    """As after a timeout."""
    replies = Replies()
    late = replies.expect("join_room", JOIN, {"roomId": "r"}, ignore)
    replies.forget(late)
    answer = replies.expect("join_room", JOIN, {"roomId": "r"}, ignore)
    hear(replies, "joined_room", {"roomId": "r"})
    assert (late.done(), answer.done()) == (False, True)
