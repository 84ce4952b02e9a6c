"""The gateway's REST operations, each in a few words of the services."""

from typing import Literal

from pydantic import MISSING

from palaver_runtime.core import Core
from palaver_runtime.dialects._cursor import listing_cursor, listing_place
from palaver_runtime.dialects.gateway import codec
from palaver_runtime.domain.errors import Invalid
from palaver_runtime.domain.values import Caller
from palaver_wire.gateway import models


class GatewayRoutes:
    """Implements the generated `RouteHandlers`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def register(self, body: models.Registration) -> models.Session:
        """Create an account and sign in."""
        display_name = None if body.display_name is MISSING else body.display_name
        return codec.session(await self._core.accounts.register(body.username, body.password, display_name))

    async def login(self, body: models.Credentials) -> models.Session:
        """Sign in."""
        return codec.session(await self._core.accounts.login(body.username, body.password))

    async def refresh(self, body: models.RefreshRequest) -> models.Session:
        """Exchange a refresh token."""
        return codec.session(await self._core.accounts.refresh(body.refresh_token))

    async def logout(self, caller: Caller) -> None:
        """End the session."""
        await self._core.accounts.logout(caller)

    async def get_me(self, caller: Caller) -> models.User:
        """Give the caller."""
        return codec.user(await self._core.accounts.me(caller))

    async def get_user(self, caller: Caller, parameters: models.GetUserParameters) -> models.User:
        """Give another user."""
        return codec.user(await self._core.accounts.user(caller, parameters.user_id))

    async def create_conversation(
        self, caller: Caller, body: models.NewConversation
    ) -> tuple[Literal[200, 201], models.Conversation]:
        """Create a group, or get or create a direct conversation."""
        conversation, created = await self._core.conversations.create(caller, codec.create_command(body))
        return 201 if created else 200, codec.conversation(conversation)

    async def list_conversations(
        self, caller: Caller, parameters: models.ListConversationsParameters
    ) -> models.ConversationPage:
        """List the caller's conversations."""
        after = None if parameters.cursor is MISSING else listing_place(parameters.cursor)
        page, following = await self._core.conversations.listing(caller, after, parameters.limit)
        return models.ConversationPage(
            conversations=[codec.summary(each) for each in page],
            next_cursor=MISSING if following is None else listing_cursor(following),
        )

    async def get_conversation(
        self, caller: Caller, parameters: models.GetConversationParameters
    ) -> models.Conversation:
        """Give one conversation."""
        return codec.summary(await self._core.conversations.get(caller, parameters.conversation_id))

    async def update_conversation(
        self,
        caller: Caller,
        parameters: models.UpdateConversationParameters,
        body: models.ConversationChange,
    ) -> models.Conversation:
        """Change a group's name or metadata."""
        if body.name is MISSING and body.metadata is MISSING:
            raise Invalid("There is nothing to change: it takes a name, metadata or both")
        return codec.conversation(
            await self._core.conversations.update(
                caller,
                parameters.conversation_id,
                None if body.name is MISSING else body.name,
                None if body.metadata is MISSING else body.metadata,
            )
        )

    async def add_participant(
        self, caller: Caller, parameters: models.AddParticipantParameters, body: models.NewParticipant
    ) -> models.Participant:
        """Add a participant."""
        return codec.participant(await self._core.conversations.add(caller, parameters.conversation_id, body.user_id))

    async def remove_participant(self, caller: Caller, parameters: models.RemoveParticipantParameters) -> None:
        """Remove a participant."""
        await self._core.conversations.remove(caller, parameters.conversation_id, parameters.user_id)

    async def leave_conversation(self, caller: Caller, parameters: models.LeaveConversationParameters) -> None:
        """Leave a group."""
        await self._core.conversations.leave(caller, parameters.conversation_id)

    async def list_messages(self, caller: Caller, parameters: models.ListMessagesParameters) -> models.MessagePage:
        """Give a page of the history."""
        if parameters.before is not MISSING and parameters.after is not MISSING:
            raise Invalid.field("/query/after", "cannot be combined with before")
        page, more = await self._core.messages.history(
            caller,
            parameters.conversation_id,
            before=None if parameters.before is MISSING else parameters.before,
            after=None if parameters.after is MISSING else parameters.after,
            limit=parameters.limit,
        )
        return models.MessagePage(messages=[codec.message(each) for each in page], has_more=more)

    async def create_message(
        self, caller: Caller, parameters: models.CreateMessageParameters, body: models.NewMessage
    ) -> models.Message:
        """Send a message."""
        command = codec.send_command(parameters.conversation_id, body)
        return codec.message(await self._core.messages.send(caller, command))

    async def update_message(
        self, caller: Caller, parameters: models.UpdateMessageParameters, body: models.MessageChange
    ) -> models.Message:
        """Edit a message."""
        return codec.message(await self._core.messages.edit(caller, parameters.message_id, body.content))

    async def remove_message(self, caller: Caller, parameters: models.RemoveMessageParameters) -> None:
        """Delete a message."""
        await self._core.messages.delete(caller, parameters.message_id)

    async def mark_conversation_read(
        self, caller: Caller, parameters: models.MarkConversationReadParameters, body: models.NewReadMark
    ) -> models.ReadMark:
        """Mark read up to a message."""
        conversation_id = parameters.conversation_id
        mark = await self._core.receipts.mark(caller, conversation_id, body.message_id)
        return codec.read_mark(conversation_id, mark)

    async def get_unread(self, caller: Caller, parameters: models.GetUnreadParameters) -> models.ReadMark:
        """Give how much is unread."""
        conversation_id = parameters.conversation_id
        return codec.read_mark(conversation_id, await self._core.receipts.unread(caller, conversation_id))

    async def list_online(self, caller: Caller, parameters: models.ListOnlineParameters) -> models.OnlineUsers:
        """Give who is online."""
        online = await self._core.presence.online(caller, parameters.conversation_id)
        return models.OnlineUsers(user_ids=list(online))
