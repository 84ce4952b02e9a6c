"""What was read."""

from palaver_runtime.domain.events import ReadMarked
from palaver_runtime.domain.policies import require_message_of, require_participant
from palaver_runtime.domain.values import Caller, ReadMark
from palaver_runtime.ports import Clock, Publisher, Store


class ReceiptService:
    """Keeps how far each participant has read. A mark only ever moves forward."""

    def __init__(self, store: Store, publisher: Publisher, clock: Clock) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock

    async def mark(self, caller: Caller, conversation_id: str, message_id: str) -> ReadMark:
        """Mark a conversation read up to a message of it, and give the mark as it then is."""
        now = self._clock.now()
        async with self._store.writing() as tx:
            require_participant(await tx.participant(conversation_id, caller.user_id))
            message = require_message_of(conversation_id, await tx.message(message_id))
            moved = await tx.advance_read_mark(conversation_id, caller.user_id, message_id, message.sequence, now)
            mark = await tx.read_mark(conversation_id, caller.user_id)
        if moved:
            self._publisher.publish(
                ReadMarked(
                    conversation_id=conversation_id,
                    user_id=caller.user_id,
                    message_id=message_id,
                    sequence=message.sequence,
                    at=now,
                )
            )
        return mark

    async def unread(self, caller: Caller, conversation_id: str) -> ReadMark:
        """Give how far the caller has read, and how much is unread."""
        async with self._store.reading() as tx:
            require_participant(await tx.participant(conversation_id, caller.user_id))
            return await tx.read_mark(conversation_id, caller.user_id)
