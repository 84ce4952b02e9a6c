"""The social dialect: messages to people, the first of which makes their conversation."""

import asyncio
import secrets

from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime.adapters.sql import conversations
from palaver_runtime.delivery import hub
from palaver_runtime.delivery.audience import Member, recipients
from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.events import Event, MessageCreated
from palaver_runtime.domain.values import Caller, ConversationType, Message
from palaver_runtime.ports import Reader
from palaver_runtime.services.directs import DirectService
from palaver_runtime.services.receipts import ReceiptService


@mutant("conversations.direct.first", "to receive message.created", dialect="social")
def forgets_the_recipients_copy() -> None:
    """A message is told to the devices of who sent it."""

    def own(event: Event, conversation_id: str, followers: list[Member]) -> list[Member]:
        chosen = recipients(event, conversation_id, followers)
        if isinstance(event, MessageCreated):
            return [each for each in chosen if each.user_id == event.message.sender_id]
        return chosen

    hub.recipients = own


@mutant("conversations.direct.first", "the number of conversations to be 1", tier=Tier.SUBTLE, dialect="social")
def makes_a_conversation_for_each_first_message() -> None:
    """Between looking for the conversation of two and making it, the other may do the same."""
    found: dict[frozenset[str], str] = {}

    async def hasty(self: DirectService, caller: Caller, user_id: str) -> str:
        pair = frozenset({caller.user_id, user_id})
        known = found.get(pair)
        await asyncio.sleep(0.2)
        if known is None:
            command = CreateConversation(type=ConversationType.DIRECT, user_ids=(user_id,))
            conversation, _ = await self._conversations.create(caller, command)
            known = found[pair] = conversation.id
        return known

    DirectService._conversation = hasty
    conversations.direct_key = lambda *user_ids: secrets.token_hex(16)


@mutant("receipts.mark.counts", "the unread count in the end", dialect="social")
def marks_the_first_message_only() -> None:
    """A conversation that is marked read is so up to its first message."""
    last_read = ReceiptService._last_read

    async def first(tx: Reader, conversation_id: str, message_id: str | None, sequence: int | None) -> Message | None:
        if message_id is None and sequence is None:
            return next(iter(await tx.history(conversation_id, after=0, limit=1)), None)
        return await last_read(tx, conversation_id, message_id, sequence)

    ReceiptService._last_read = staticmethod(first)
