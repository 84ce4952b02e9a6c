"""Aether: rooms that connections enter, numbered pages, and calls over gRPC."""

from collections.abc import Iterable, Mapping

from mutants.catalogue.silence import sends_in_silence
from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects import _calls
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.aether import answers, codec
from palaver_runtime.dialects.aether.calls import AetherCalls
from palaver_runtime.dialects.aether.events import AetherEvents
from palaver_runtime.dialects.aether.rooms import Rooms
from palaver_runtime.domain.errors import ChatError, Internal, Invalid
from palaver_wire.aether import models


@mutant("membership.join.entry", "never to receive message.created", dialect="aether")
def hears_rooms_that_it_has_not_entered() -> None:
    """A connection is in all rooms of its user from the start."""
    among = Rooms.among

    def everybody(self: Rooms, members: Iterable[Member], conversation_id: str) -> Mapping[str, list[Member]]:
        members = list(members)
        called = among(self, members, conversation_id)
        inside = {member for entered in called.values() for member in entered}
        outside = [member for member in members if member not in inside]
        return {**called, conversation_id: [*called.get(conversation_id, ()), *outside]}

    Member.hears = lambda self, conversation_id: True
    Rooms.among = everybody


@mutant("membership.room.joined", "never to receive room.joined", dialect="aether")
def confirms_entering_to_everybody() -> None:
    """That somebody has entered a room is confirmed to all connections that there are."""
    join_room = AetherEvents.join_room

    async def aloud(self: AetherEvents, session: Session, payload: models.RoomRequest) -> None:
        await join_room(self, session, payload)
        for member in [each for members in self._core.hub._users.values() for each in members]:
            if member is not session.member and member.ready:
                member.outlet._connections[member.id].emit(*codec.joined_room(payload.room_id))

    AetherEvents.join_room = aloud


@mutant("membership.join.told", "to receive participant.added", dialect="aether")
def lets_people_in_unannounced() -> None:
    """Who joins an open room is let in, and the others are not told."""
    notifications = codec.notifications

    def quiet(event: object) -> tuple[object, object]:
        return (None, None) if isinstance(event, codec.ParticipantAdded) else notifications(event)

    codec.notifications = quiet


@mutant("sync.history.numbered", "page 1 to be", dialect="aether")
def numbers_pages_from_zero() -> None:
    """The first page is the second one."""
    page = answers.page

    def from_zero(request: models.GetMessageHistoryRequest) -> tuple[int, int]:
        number, size = page(request)
        return number + 1, size

    answers.page = from_zero


@mutant("sync.history.numbered", "the number of messages and of pages", tier=Tier.SUBTLE, dialect="aether")
def counts_full_pages_only() -> None:
    """A page that is not full does not count."""
    answers.ceil = int


@mutant("messages.send.call", "to receive message.created", dialect="aether")
def sends_by_call_in_silence() -> None:
    """A message that is sent by a call is stored, and told to nobody."""
    sends_in_silence(AetherCalls, "send_message")


@mutant("calls.request.garbage", "to be refused with VALIDATION_ERROR", dialect="aether")
def takes_the_blame_for_garbage() -> None:
    """Bytes that are no message are the server's own fault."""
    refusal = _calls._refusal

    def humble(error: Exception) -> ChatError:
        found = refusal(error)
        return Internal() if isinstance(found, Invalid) else found

    _calls._refusal = humble


@mutant("auth.token.validated", "whether a bad token is good", dialect="aether")
def finds_every_token_good() -> None:
    """Whatever is asked about is a good token."""
    validate_token = AetherCalls.validate_token

    async def good(self: AetherCalls, request: models.ValidateTokenRequest) -> models.ValidateTokenResponse:
        found = await validate_token(self, request)
        if found.is_valid:
            return found
        user = models.UserData(id="nobody", username="nobody")
        return models.ValidateTokenResponse(success=True, is_valid=True, message="Token is valid", user=user)

    AetherCalls.validate_token = good
