"""Rooms that were entered."""

from palaver_client.marks import Mark, Marks
from palaver_client.rooms import Rooms
from palaver_wire.client import Meaning
from palaver_wire.envelope.client import DIALECT
from palaver_wire.gateway.client import DIALECT as ACKNOWLEDGING

JOIN = DIALECT.sent["joinRoom"]


def answer(*sequences: int) -> dict[str, object]:
    """Return the answer that lets into the room r with these messages."""
    messages = [{"id": f"m{sequence}", "roomId": "r", "sequenceId": sequence} for sequence in sequences]
    return {"type": "roomJoined", "payload": {"room": {"id": "r"}, "messages": messages, "unreadCount": 0}}


def test_room_is_known_by_the_answer() -> None:
    """Also where it was asked for by the other user in it; and it begins with the newest message in the answer."""
    marks = Marks()
    rooms = Rooms(marks)
    asked = {"type": "joinRoom", "payload": {"targetUserId": "bob"}}
    rooms.enter("joinRoom", JOIN, asked, answer(4, 5))  # type: ignore[arg-type]
    assert rooms.entered == {"r": ("joinRoom", asked)}
    assert marks.of("r") == Mark("m5", 5, None)
    rooms.enter("joinRoom", JOIN, asked, answer(8))  # type: ignore[arg-type]
    assert marks.of("r") == Mark("m5", 5, None)


def test_empty_room_begins_at_its_beginning() -> None:
    """So that its first message, if it is missed, is asked for."""
    marks = Marks()
    Rooms(marks).enter("joinRoom", JOIN, {}, answer())  # type: ignore[arg-type]
    assert marks.of("r") == Mark(None, 0, None)


def test_room_that_was_left_is_forgotten() -> None:
    """Whoever says so, and only if it had been entered."""
    marks = Marks()
    rooms = Rooms(marks)
    rooms.enter("joinRoom", JOIN, {}, answer(1))  # type: ignore[arg-type]
    rooms.hear(Meaning("message.created"), {})
    assert rooms.entered
    rooms.hear(DIALECT.received["roomLeft"].meaning, {"payload": {"roomId": "r"}})
    assert (rooms.entered, marks.conversations) == ({}, ())
    marks.place("other", Mark())
    rooms.leave("other")
    rooms.leave(None)
    assert marks.conversations == ("other",)


def test_where_all_is_heard_nothing_is_entered() -> None:
    """An operation that is no entry leaves nothing to repeat."""
    rooms = Rooms(Marks())
    rooms.enter("room:join", ACKNOWLEDGING.sent["room:join"], {"conversationId": "r"}, {"success": True, "room": "r"})
    assert rooms.entered == {}
