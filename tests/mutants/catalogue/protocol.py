"""The wire itself: answers, refusals, and what must not break anything."""

import json
import traceback
from collections.abc import Sequence
from dataclasses import replace

from mutants.defect import Tier
from mutants.mutant import mutant
from pydantic import ValidationError

from palaver_runtime.dialects import _reading, _sockets
from palaver_runtime.dialects._http import Http
from palaver_runtime.dialects._reading import invalid
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._voice import Line, Notification, Session
from palaver_runtime.dialects.gateway import codec
from palaver_runtime.dialects.gateway.events import GatewayEvents
from palaver_runtime.dialects.gateway.voice import GatewayVoice
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.errors import ChatError, Invalid, NotFound
from palaver_runtime.domain.values import Participant
from palaver_runtime.services import drafts
from palaver_runtime.transports import socketio
from palaver_runtime.transports.http import HttpRefusal, Route
from palaver_runtime.transports.socketio.packets import MalformedPacket
from palaver_runtime.transports.sockets import NO_ACK, Acknowledgement
from palaver_wire.contract import WireModel
from palaver_wire.gateway import models


@mutant("protocol.validation.fields", "a refusal with VALIDATION_ERROR")
def takes_numbers_for_text() -> None:
    """A content that is a number is the text of that number."""
    read = _sockets.read

    def lenient(model: type[WireModel], raw: str, **_: bytes) -> WireModel:
        payload = json.loads(raw)
        if isinstance(payload, dict) and isinstance(payload.get("content"), int):
            raw = json.dumps({**payload, "content": str(payload["content"])})
        return read(model, raw)

    _sockets.read = lenient


@mutant("protocol.validation.fields", "the refusal to name the field unexpected")
def ignores_unknown_fields() -> None:
    """What a payload has besides what is expected of it is left out, as pydantic does unless it is told otherwise."""

    def lenient(model: type[WireModel], raw: str, **_: bytes) -> WireModel:
        try:
            return model.model_validate_json(raw, strict=True, by_alias=True, by_name=False, extra="ignore")
        except ValidationError as error:
            raise invalid(error) from None

    _sockets.read = lenient


@mutant("protocol.validation.shape", "a refusal with VALIDATION_ERROR")
def takes_a_list_for_what_is_in_it() -> None:
    """A payload in a list is taken out of it."""
    read = _sockets.read

    def lenient(model: type[WireModel], raw: str, **_: bytes) -> WireModel:
        payload = json.loads(raw)
        return read(model, json.dumps(payload[0]) if isinstance(payload, list) and payload else raw)

    _sockets.read = lenient


@mutant("protocol.validation.empty", "the refusal to name the field content")
def refuses_without_details() -> None:
    """A refusal says that something is wrong, and not what."""
    invalid = _reading.invalid

    def vague(error: ValidationError) -> Invalid:
        return Invalid(invalid(error).message)

    _reading.invalid = vague


@mutant("protocol.validation.fields", "the refusal to name the field unexpected", tier=Tier.SUBTLE)
def names_one_bad_field_only() -> None:
    """Of the fields that are refused the first is named."""
    _reading.MAX_PROBLEMS = 1


@mutant("messages.send.non-member", "to be refused with FORBIDDEN")
def refuses_for_the_wrong_reason() -> None:
    """To those who are not in it, a conversation is not found instead of forbidden."""

    def missing(participant: Participant | None) -> Participant:
        if participant is None:
            raise NotFound("There is no such conversation")
        return participant

    drafts.require_participant = missing


@mutant("messages.edit.by-other", "has status 400 with the code FORBIDDEN")
def answers_with_the_wrong_status() -> None:
    """Whatever is refused is a bad request."""
    refuse = Http.refuse

    def bad_request(self: Http, error: Exception, route: Route | None) -> HttpRefusal:
        refusal = refuse(self, error, route)
        return replace(refusal, status=400) if refusal.status == 403 else refusal

    Http.refuse = bad_request


@mutant("protocol.refusal.event", "stranger/1 to receive session.error")
def refuses_by_acknowledgement_alone() -> None:
    """What was refused in an acknowledgement is not told by an event, too."""

    def quiet(self: GatewayVoice, error: ChatError, at: object, event: str | None, *, acknowledged: bool) -> object:
        return None

    GatewayVoice.error = quiet


@mutant("protocol.refusal.event", "to have a original_event")
def does_not_say_what_it_refuses() -> None:
    """An error event names no event."""
    error_event = codec.error_event

    def nameless(error: ChatError, at: object, original_event: str | None) -> Notification:
        return error_event(error, at, None)

    codec.error_event = nameless


@mutant("protocol.acknowledgement.unasked", "acknowledgement 999 that nobody waits for")
def acknowledges_unasked() -> None:
    """Every event is acknowledged, whether it asks for that or not."""
    acknowledge = socketio.session.Session._acknowledge

    def always(self: object, item: object, answer: Acknowledgement) -> None:
        asked = socketio.session._Event(item.connection, item.name, item.arguments, item.ack or "999", item.binary)
        acknowledge(self, asked, answer)

    socketio.session.Session._acknowledge = always


@mutant("protocol.ping.pong", "the time in milliseconds")
def pings_in_seconds() -> None:
    """The time in a pong is in seconds."""

    async def ping(self: GatewayEvents, session: Session, payload: models.Ping) -> models.Pong:
        return models.Pong(event="pong", timestamp=int(self._core.clock.now().timestamp()))

    GatewayEvents.ping = ping


@mutant("protocol.event.unknown", "connection closed")
def hangs_up_on_unknown_events() -> None:
    """Whoever sends an event that there is not is disconnected."""
    receive = Sockets.receive

    async def strict(
        self: Sockets[Line], connection: Line, event: str, arguments: Sequence[str], acknowledge: bool
    ) -> Acknowledgement:
        if event in self._events:
            return await receive(self, connection, event, arguments, acknowledge)
        connection.close("unknown event")
        return NO_ACK

    Sockets.receive = strict


@mutant("protocol.keys.prototype", "the metadata, as they were sent")
def inherits_from_what_is_sent() -> None:
    """What stands below `__proto__` is taken for what the metadata inherits, as a careless merge of objects does."""
    validate = codec.send_command

    def merged(conversation_id: str, message: models.SendMessage | models.NewMessage) -> SendMessage:
        command = validate(conversation_id, message)
        inherited = command.metadata.get("__proto__")
        if not isinstance(inherited, dict):
            return command
        own = {name: value for name, value in command.metadata.items() if name != "__proto__"}
        return replace(command, metadata={**inherited, **own})

    codec.send_command = merged


@mutant("protocol.frame.malformed", "connection closed")
def disconnects_everybody_for_a_malformed_frame() -> None:
    """What one client sends breaks the connections of all."""
    message = socketio.session.Session.message

    def fragile(self: object, data: str | bytes) -> object:
        try:
            return message(self, data)
        except MalformedPacket:
            for connection in list(self._dialect._connections.values()):
                connection.close("a malformed packet")
            raise

    socketio.session.Session.message = fragile


@mutant("protocol.refusal.plain", "Traceback (most recent call last)")
def shows_stack_traces() -> None:
    """A refusal says where in the server's code it was decided."""
    reason = codec.reason

    def frank(error: ChatError) -> models.ErrorReason:
        trace = "".join(traceback.format_exception(error))
        return reason(error).model_copy(update={"message": f"{error.message}\n{trace}"[:1000]})

    codec.reason = frank
