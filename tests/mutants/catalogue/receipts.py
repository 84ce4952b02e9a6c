"""What was read, and what is unread."""

import asyncio
from datetime import datetime

from mutants.defect import Tier
from mutants.mutant import mutant
from sqlalchemy import ScalarSelect, func, select

from palaver_runtime.adapters.sql import receipts, tables
from palaver_runtime.adapters.sql.receipts import ReceiptWriter
from palaver_runtime.delivery.topics import BusPublisher
from palaver_runtime.domain.events import Event, ReadMarked
from palaver_runtime.domain.values import Caller, Message, ReadMark
from palaver_runtime.services import receipts as service
from palaver_runtime.services.receipts import ReceiptService


def _counting(*conditions: object) -> None:
    """Count as unread what is beyond the mark and keeps these conditions."""
    messages, participants = tables.messages, tables.participants

    def unread() -> ScalarSelect[int]:
        return (
            select(func.count())
            .select_from(messages)
            .where(
                messages.c.conversation_id == participants.c.conversation_id,
                messages.c.sequence > participants.c.read_sequence,
                *conditions,
            )
            .correlate(participants)
            .scalar_subquery()
        )

    receipts._unread = unread


@mutant("receipts.mark.counts", "the unread counts to be (0, 4)")
def counts_own_messages() -> None:
    """What somebody sends is unread for them as well."""
    _counting(tables.messages.c.deleted_at.is_(None))


@mutant("receipts.count.deleted", "the unread count after the deletion")
def counts_deleted_messages() -> None:
    """What was deleted before it was read is unread for ever."""
    _counting(tables.messages.c.sender_id != tables.participants.c.user_id)


@mutant("receipts.mark.counts", "to receive receipt.read")
def tells_readers_nothing() -> None:
    """What somebody has read is stored, and told to nobody."""
    publish = BusPublisher.publish

    def quiet(self: BusPublisher, event: Event) -> None:
        if not isinstance(event, ReadMarked):
            publish(self, event)

    BusPublisher.publish = quiet


@mutant("receipts.mark.late", "the read mark to be")
def moves_receipts_back() -> None:
    """The latest receipt counts, however old the message is that it names."""

    async def overwrite(
        self: ReceiptWriter, conversation_id: str, user_id: str, message_id: str, sequence: int, at: datetime
    ) -> bool:
        places = tables.participants
        await self._connection.execute(
            places.update()
            .where(places.c.conversation_id == conversation_id, places.c.user_id == user_id)
            .values(read_sequence=sequence, read_message_id=message_id, read_at=at)
        )
        return True

    ReceiptWriter.advance_read_mark = overwrite


@mutant("receipts.mark.late", "never to receive receipt.read", tier=Tier.SUBTLE)
def tells_of_receipts_that_change_nothing() -> None:
    """A receipt that comes too late is not stored, and told all the same."""
    mark = ReceiptService.mark

    async def aloud(
        self: ReceiptService, caller: Caller, conversation_id: str, message_id: str | None = None, **place: int | None
    ) -> ReadMark:
        marked = await mark(self, caller, conversation_id, message_id, **place)
        async with self._store.reading() as tx:
            message = await tx.message(message_id) if message_id else None
        if message is not None and message.sequence < marked.sequence:
            self._publisher.publish(
                ReadMarked(
                    conversation_id=conversation_id,
                    user_id=caller.user_id,
                    message_id=message.id,
                    sequence=message.sequence,
                    at=self._clock.now(),
                )
            )
        return marked

    ReceiptService.mark = aloud


@mutant("receipts.mark.together", "to receive receipt.read", tier=Tier.SUBTLE)
def loses_one_of_two_receipts() -> None:
    """While one receipt of a conversation is being stored another is passed over."""
    mark = ReceiptService.mark
    busy: set[str] = set()

    async def hasty(
        self: ReceiptService, caller: Caller, conversation_id: str, message_id: str | None = None, **place: int | None
    ) -> ReadMark:
        if conversation_id in busy:
            return await self.unread(caller, conversation_id)
        busy.add(conversation_id)
        try:
            await asyncio.sleep(0.2)
            return await mark(self, caller, conversation_id, message_id, **place)
        finally:
            busy.discard(conversation_id)

    ReceiptService.mark = hasty


@mutant("receipts.mark.unknown", "a refusal with NOT_FOUND")
def marks_messages_of_other_conversations() -> None:
    """A receipt may name a message of any conversation."""
    require = service.require_message_of

    def any_message(conversation_id: str, message: Message | None) -> Message:
        return require(message.conversation_id if message else conversation_id, message)

    service.require_message_of = any_message
