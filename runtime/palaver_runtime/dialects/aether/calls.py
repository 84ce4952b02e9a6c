"""Aether's gRPC calls, each in a few words of the services."""

from palaver_runtime.core import Core
from palaver_runtime.dialects.aether import answers, codec
from palaver_runtime.dialects.aether.rooms import join
from palaver_runtime.domain.errors import Forbidden, Unauthorized
from palaver_runtime.domain.values import Caller
from palaver_wire.aether import models

MAX_ROOMS = 100


class AetherCalls:
    """Implements the generated `CallHandlers`, of both services."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def send_message(self, caller: Caller, request: models.SendMessageRequest) -> models.MessageResponse:
        """Send a message."""
        _require_self(caller, request.user_id)
        message = await self._core.messages.send(caller, answers.send_command(request))
        return models.MessageResponse(
            success=True,
            message="Message sent successfully",
            message_data=answers.message(message, request.room_id),
        )

    async def get_message_history(
        self, caller: Caller, request: models.GetMessageHistoryRequest
    ) -> models.MessageHistoryResponse:
        """Give a page of a room's messages."""
        _require_self(caller, request.user_id)
        number, size = answers.page(request)
        size = self._core.capacity.page_of(size)  # also what the numbers of pages go by
        messages, total = await self._core.messages.page(caller, codec.conversation_id(request.room_id), number, size)
        return models.MessageHistoryResponse(
            success=True,
            message="Message history retrieved successfully",
            messages=[answers.message(each, request.room_id) for each in messages],
            pagination=answers.pagination(number, size, total),
        )

    async def get_rooms(self, caller: Caller, request: models.GetRoomsRequest) -> models.RoomsResponse:
        """Give the caller's rooms and the public ones."""
        _require_self(caller, request.user_id)
        rooms = await self._core.conversations.rooms(caller, MAX_ROOMS)
        return models.RoomsResponse(
            success=True, message="Rooms retrieved successfully", rooms=[answers.room(each) for each in rooms]
        )

    async def create_room(self, caller: Caller, request: models.CreateRoomRequest) -> models.RoomResponse:
        """Make a room."""
        _require_self(caller, request.created_by)
        conversation, _ = await self._core.conversations.create(caller, answers.create_command(request))
        return models.RoomResponse(success=True, message="Room created successfully", room=answers.room(conversation))

    async def join_room(self, caller: Caller, request: models.JoinRoomRequest) -> models.RoomResponse:
        """Become a participant of a room."""
        _require_self(caller, request.user_id)
        conversation = await join(self._core, caller, request.room_id)
        return models.RoomResponse(success=True, message="Joined room successfully", room=answers.room(conversation))

    async def health_check(self, request: models.HealthCheckRequest) -> models.HealthCheckResponse:  # noqa: ARG002
        """Say that the service is there."""
        return models.HealthCheckResponse(
            success=True,
            message="Message Service is healthy",
            service="message-service",
            version="1.0.0",
            timestamp=self._core.clock.now(),
        )

    async def validate_token(self, request: models.ValidateTokenRequest) -> models.ValidateTokenResponse:
        """Find out whom a token stands for."""
        try:
            caller = await self._core.accounts.authenticate(request.token)
        except Unauthorized as error:
            return models.ValidateTokenResponse(success=True, is_valid=False, message=error.message, error=error.code)
        return models.ValidateTokenResponse(
            success=True, is_valid=True, message="Token is valid", user=answers.user(caller)
        )


def _require_self(caller: Caller, user_id: str) -> None:
    """Let nobody act for somebody else; who is not named is the caller."""
    if user_id not in ("", caller.user_id):
        raise Forbidden("You may only act for yourself")
