"""What conversations of two have and groups have not: a message makes one, and each sees what the other has read."""

from palaver_runtime.domain.commands import CreateConversation, SendDirect
from palaver_runtime.domain.errors import Invalid
from palaver_runtime.domain.values import Caller, ConversationType, Message, SidedSummary
from palaver_runtime.ports import ListingPlace, Reader, Store
from palaver_runtime.services.conversations import ConversationService, first_of
from palaver_runtime.services.limits import Limits
from palaver_runtime.services.messages import MessageService


class DirectService:
    """Sends to people, and lists conversations with both sides of those of two."""

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

    async def listing(
        self, caller: Caller, after: ListingPlace | None, limit: int
    ) -> tuple[tuple[SidedSummary, ...], ListingPlace | None]:
        """Give a page of the caller's conversations, latest activity first, and where the next one starts."""
        limit = self._conversations.capacity.page_of(limit)

        async def read(tx: Reader) -> tuple[tuple[SidedSummary, ...], ListingPlace | None]:
            page, following = first_of(await tx.summaries(caller.user_id, after, limit + 1), limit)
            # Of those of two alone: for all members of large groups it would be counted for long.
            directs = [each.conversation.id for each in page if each.conversation.type is ConversationType.DIRECT]
            unread = await tx.unread(directs)
            return tuple(
                SidedSummary(summary=each, unread=unread.get(each.conversation.id, {})) for each in page
            ), following

        return await self._store.ask(read)

    async def _conversation(self, caller: Caller, user_id: str) -> str:
        conversation = await self._store.ask(lambda tx: tx.direct_conversation(caller.user_id, user_id))
        if conversation is None:
            command = CreateConversation(type=ConversationType.DIRECT, user_ids=(user_id,))
            conversation, _ = await self._conversations.create(caller, command)
        return conversation.id
