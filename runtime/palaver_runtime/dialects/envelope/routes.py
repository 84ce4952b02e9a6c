"""The envelope's REST operations, each in a few words of the services."""

from typing import Final, Literal

from pydantic import MISSING

from palaver_runtime.core import Core
from palaver_runtime.dialects.envelope import codec
from palaver_runtime.domain.values import Caller
from palaver_wire.envelope import models

KEPT: Final = 100
"""Messages that a cleanup leaves, unless somebody says otherwise."""

_ROOMS: Final = 1000


class EnvelopeRoutes:
    """Implements the generated `RouteHandlers`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def list_rooms(self, caller: Caller) -> models.RoomList:
        """List the caller's rooms."""
        found, _ = await self._core.conversations.listing(caller, None, _ROOMS)
        return models.RoomList(rooms=[codec.listed_room(each) for each in found], count=len(found))

    async def list_messages(self, caller: Caller, parameters: models.ListMessagesParameters) -> models.MessagePage:
        """Give a page of the history."""
        before = parameters.before_sequence_id
        page, more = await self._core.messages.history(
            caller,
            parameters.room_id,
            before_sequence=None if before is MISSING else before,
            limit=parameters.limit,
        )
        mark = await self._core.receipts.unread(caller, parameters.room_id)
        return models.MessagePage(messages=codec.recent(page), count=len(page), unread_count=mark.unread, has_more=more)

    async def get_unread(self, caller: Caller, parameters: models.GetUnreadParameters) -> models.Unread:
        """Give how much is unread."""
        mark = await self._core.receipts.unread(caller, parameters.room_id)
        return models.Unread(room_id=parameters.room_id, unread_count=mark.unread)

    async def mark_room_read(
        self, caller: Caller, parameters: models.MarkRoomReadParameters, body: models.NewReadMark
    ) -> models.ReadMark:
        """Mark read up to a message."""
        mark = await self._core.receipts.mark(caller, parameters.room_id, sequence=body.sequence_id)
        return models.ReadMark(success=True, room_id=parameters.room_id, marked_up_to=mark.sequence)

    async def list_online(self, caller: Caller, parameters: models.ListOnlineParameters) -> models.OnlineUsers:
        """Give who is online."""
        online = await self._core.presence.online(caller, parameters.room_id)
        return models.OnlineUsers(room_id=parameters.room_id, online_users=list(online), count=len(online))

    async def open_direct_room(
        self, caller: Caller, body: models.DirectRoomRequest
    ) -> tuple[Literal[200, 201], models.DirectRoom]:
        """Get or create a direct room."""
        conversation, created = await self._core.conversations.create(caller, codec.direct_command(body.target_user_id))
        found, messages = await self._core.conversations.view(caller, conversation.id, codec.RECENT)
        return 201 if created else 200, models.DirectRoom(
            room=codec.room(found.conversation, found.last_message),
            messages=codec.recent(messages),
            unread_count=found.unread,
        )

    async def clean_up_room(self, caller: Caller, parameters: models.CleanUpRoomParameters) -> models.Cleanup:
        """Forget the oldest messages."""
        kept = self._core.messages.kept or KEPT
        keep = kept if parameters.keep is MISSING else parameters.keep
        deleted = await self._core.messages.prune(caller, parameters.room_id, keep)
        return models.Cleanup(success=True, room_id=parameters.room_id, deleted_count=deleted)
