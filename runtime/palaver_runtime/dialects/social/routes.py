"""The REST operations of the social dialect, each in a few words of the services."""

from pydantic import MISSING

from palaver_runtime.core import Core
from palaver_runtime.dialects._cursor import listing_cursor, listing_place
from palaver_runtime.dialects.social import codec
from palaver_runtime.dialects.social.sending import send
from palaver_runtime.domain.errors import Invalid
from palaver_runtime.domain.values import Caller
from palaver_wire.social import models


class SocialRoutes:
    """Implements the generated `RouteHandlers`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def list_conversations(
        self, caller: Caller, parameters: models.ListConversationsParameters
    ) -> models.ConversationPage:
        """List the caller's conversations."""
        after = None if parameters.cursor is MISSING else listing_place(parameters.cursor)
        page, following = await self._core.directs.listing(caller, after, parameters.limit)
        return models.ConversationPage(
            conversations=[codec.conversation(each) for each in page],
            next_cursor=MISSING if following is None else listing_cursor(following),
        )

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

    async def mark_conversation_read(
        self,
        caller: Caller,
        parameters: models.MarkConversationReadParameters,
        body: models.Nothing,  # noqa: ARG002
    ) -> models.ReadMark:
        """Mark a conversation read."""
        conversation_id = parameters.conversation_id
        return codec.read_mark(conversation_id, await self._core.receipts.mark(caller, conversation_id))

    async def create_message(self, caller: Caller, body: models.NewMessage) -> models.Message:
        """Send a message."""
        return await send(self._core, caller, body)
