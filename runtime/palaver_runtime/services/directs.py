"""Conversations of two, for who names the other person instead of a conversation, and knows no groups."""

from palaver_runtime.domain.commands import CreateConversation, SendDirect
from palaver_runtime.domain.errors import Invalid
from palaver_runtime.domain.policies import require_direct
from palaver_runtime.domain.values import Caller, ConversationType, DirectSummary, Message
from palaver_runtime.ports import ListingPlace, Store
from palaver_runtime.services.conversations import ConversationService, first_of
from palaver_runtime.services.limits import Limits
from palaver_runtime.services.messages import MessageService


class DirectService:
    """Sends to people, and keeps groups out of sight."""

    def __init__(
        self, store: Store, limits: Limits, conversations: ConversationService, messages: MessageService
    ) -> None:
        self._store = store
        self._limits = limits
        self._conversations = conversations
        self._messages = messages

    async def send(self, caller: Caller, command: SendDirect) -> Message:
        """Send a message into the conversation with somebody, which the first one makes.

        Raises NotFound for an unknown recipient, and RateLimited before there is a conversation without a message.
        """
        if command.recipient_id == caller.user_id:
            raise Invalid("Nobody sends messages to themselves")
        await self._limits.message(caller.user_id)
        conversation_id = await self._conversation(caller, command.recipient_id)
        return await self._messages.send(caller, command.within(conversation_id), counted=True)

    async def admit(self, caller: Caller, conversation_id: str) -> None:
        """Raise Forbidden unless it is a direct conversation of the caller's."""
        async with self._store.reading() as tx:
            require_direct(await tx.conversation(conversation_id), caller.user_id)

    async def listing(
        self, caller: Caller, after: ListingPlace | None, limit: int
    ) -> tuple[tuple[DirectSummary, ...], ListingPlace | None]:
        """Give a page of the caller's direct conversations, latest activity first, and where the next one starts."""
        async with self._store.reading() as tx:
            found = await tx.summaries(caller.user_id, after, limit + 1, ConversationType.DIRECT)
            page, following = first_of(found, limit)
            unread = await tx.unread([each.conversation.id for each in page])
        return tuple(DirectSummary(summary=each, unread=unread[each.conversation.id]) for each in page), following

    async def _conversation(self, caller: Caller, user_id: str) -> str:
        async with self._store.reading() as tx:
            conversation = await tx.direct_conversation(caller.user_id, user_id)
        if conversation is None:
            command = CreateConversation(type=ConversationType.DIRECT, user_ids=(user_id,))
            conversation, _ = await self._conversations.create(caller, command)
        return conversation.id
