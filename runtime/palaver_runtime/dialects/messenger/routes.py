"""The messenger's REST operations, each in a few words of the services."""

from typing import Literal

from pydantic import MISSING

from palaver_runtime.core import Core
from palaver_runtime.dialects._cursor import listing_cursor, listing_place
from palaver_runtime.dialects.messenger import codec
from palaver_runtime.domain.errors import Invalid
from palaver_runtime.domain.values import Caller
from palaver_wire.messenger import models


class MessengerRoutes:
    """Implements the generated `RouteHandlers`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def get_conversations(
        self, caller: Caller, parameters: models.GetConversationsParameters
    ) -> models.ConversationPage:
        """List the caller's conversations."""
        after = None if parameters.cursor is MISSING else listing_place(parameters.cursor)
        page, following = await self._core.conversations.listing(caller, after, parameters.limit)
        return models.ConversationPage(
            conversations=[codec.conversation(each) for each in page],
            next_cursor=MISSING if following is None else listing_cursor(following),
        )

    async def create_conversation(
        self, caller: Caller, body: models.CreateConversation
    ) -> tuple[Literal[200, 201], models.Conversation]:
        """Create a group, or get or create a direct conversation."""
        conversation, created = await self._core.conversations.create(caller, codec.create_command(body))
        found = await self._core.conversations.get(caller, conversation.id)
        return 201 if created else 200, codec.conversation(found)

    async def get_conversation(
        self, caller: Caller, parameters: models.GetConversationParameters
    ) -> models.Conversation:
        """Give one conversation."""
        return codec.conversation(await self._core.conversations.get(caller, parameters.conversation_id))

    async def get_messages(self, caller: Caller, parameters: models.GetMessagesParameters) -> models.MessagePage:
        """Give a page of messages."""
        if parameters.before is not MISSING and parameters.after is not MISSING:
            raise Invalid.field("/query/after", "cannot be combined with before")
        page, more = await self._core.messages.history(
            caller,
            parameters.conversation_id,
            before=None if parameters.before is MISSING else parameters.before,
            after=None if parameters.after is MISSING else parameters.after,
            limit=parameters.limit,
        )
        return codec.message_page(page, more)

    async def add_member(
        self, caller: Caller, parameters: models.AddMemberParameters, body: models.AddMember
    ) -> models.Member:
        """Add a member."""
        return codec.member(await self._core.conversations.add(caller, parameters.conversation_id, body.user_id))

    async def get_unread(self, caller: Caller, parameters: models.GetUnreadParameters) -> models.Unread:
        """Give how much is unread."""
        conversation_id = parameters.conversation_id
        return codec.unread(conversation_id, await self._core.receipts.unread(caller, conversation_id))

    async def get_online(self, caller: Caller, parameters: models.GetOnlineParameters) -> models.OnlineMembers:
        """Give who is online."""
        online = await self._core.presence.online(caller, parameters.conversation_id)
        return models.OnlineMembers(user_ids=list(online))
