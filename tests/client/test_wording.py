"""Between JSON and models."""

from typing import Any

import pydantic
import pytest

from palaver_client import wording
from palaver_wire.client import UnexpectedAnswer
from palaver_wire.envelope import client as frames
from palaver_wire.envelope import models as frame_models
from palaver_wire.gateway import client as gateway
from palaver_wire.gateway import models
from palaver_wire.messenger import client as messenger

DELETE = gateway.DIALECT.sent["message:delete"]


def test_payload_is_put_into_its_frame() -> None:
    """With its tag; where there are no frames it is sent as it is."""
    payload = frame_models.LeaveRoom(room_id="6565f1a2b3c4d5e6f7a8b901")
    sent = frames.DIALECT.sent["leaveRoom"]
    plain = {"roomId": "6565f1a2b3c4d5e6f7a8b901"}
    assert wording.framed(frames.DIALECT, "leaveRoom", sent, payload) == {"type": "leaveRoom", "payload": plain}
    room = models.RoomRequest(conversation_id="6565f1a2b3c4d5e6f7a8b901")
    value = wording.framed(gateway.DIALECT, "room:leave", gateway.DIALECT.sent["room:leave"], room)
    assert value == {"conversationId": "6565f1a2b3c4d5e6f7a8b901"}


def test_event_is_of_its_own_class() -> None:
    """From a frame or not; what the documents do not have yet is passed over, what is wrong is not."""
    value: Any = {"type": "roomLeft", "payload": {"roomId": "6565f1a2b3c4d5e6f7a8b901", "since": "tomorrow"}}
    event = wording.event(frames.DIALECT.received["roomLeft"], value)
    assert event == frames.RoomLeftEvent(frame_models.RoomLeft(room_id="6565f1a2b3c4d5e6f7a8b901"))
    with pytest.raises(pydantic.ValidationError):
        wording.event(frames.DIALECT.received["roomLeft"], {"type": "roomLeft", "payload": {"roomId": 1}})


def test_acknowledgement_says_yes_or_no_or_nonsense() -> None:
    """A yes is a model, a no is raised with its code, anything else is unexpected."""
    assert wording.acknowledgement(gateway.DIALECT, "message:delete", DELETE, {"success": True}) == models.Done(
        success=True
    )
    details = {"retryAfterMs": 5}
    no: Any = {"success": False, "error": {"code": "RATE_LIMITED", "message": "later", "details": details}}
    with pytest.raises(gateway.Refused) as refused:
        wording.acknowledgement(gateway.DIALECT, "message:delete", DELETE, no)
    assert refused.value.code is gateway.ErrorCode.RATE_LIMITED
    assert (refused.value.message, refused.value.details, refused.value.retryable) == ("later", details, True)
    for nonsense in (None, {}, {"success": "yes"}, []):
        with pytest.raises(UnexpectedAnswer, match="message:delete"):
            wording.acknowledgement(gateway.DIALECT, "message:delete", DELETE, nonsense)  # type: ignore[arg-type]


def test_refusal_is_read_where_the_dialect_has_it() -> None:
    """A code that the documents lack is no refusal that a program could know."""
    sent = messenger.DIALECT.sent["message:send"]
    with pytest.raises(messenger.Refused, match="FORBIDDEN: no"):
        wording.acknowledgement(messenger.DIALECT, "message:send", sent, {"error": "no", "code": "FORBIDDEN"})
    assert sent.meaning.error is not None
    found = wording.refusal(messenger.DIALECT, "message:send", {"code": "TEAPOT"}, sent.meaning.error)
    assert isinstance(found, UnexpectedAnswer)


def test_answer_that_is_not_as_documented() -> None:
    """Its place is named."""
    with pytest.raises(UnexpectedAnswer, match=r"leaveRoom: .*: roomId: "):
        wording.answer("leaveRoom", frame_models.RoomLeft, {})
