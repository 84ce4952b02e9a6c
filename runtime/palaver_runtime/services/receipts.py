"""What was read."""

from palaver_runtime.domain.events import ReadMarked
from palaver_runtime.domain.policies import require_message_of, require_participant
from palaver_runtime.domain.values import Caller, Message, ReadMark
from palaver_runtime.ports import Clock, Publisher, Reader, Store


class ReceiptService:
    """Keeps how far each participant has read. A mark only ever moves forward."""

    def __init__(self, store: Store, publisher: Publisher, clock: Clock) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock

    async def mark(
        self, caller: Caller, conversation_id: str, message_id: str | None = None, *, sequence: int | None = None
    ) -> ReadMark:
        """Mark a conversation read, and give the mark as it then is.

        It is read up to a message of it, or up to a sequence, or with neither to its end. A sequence stands for the
        latest message that is there up to it; where there is none the mark stays as it is.
        """
        now = self._clock.now()
        async with self._store.writing() as tx:
            require_participant(await tx.participant(conversation_id, caller.user_id))
            message = await self._last_read(tx, conversation_id, message_id, sequence)
            moved = message is not None and await tx.advance_read_mark(
                conversation_id, caller.user_id, message.id, message.sequence, now
            )
            mark = await tx.read_mark(conversation_id, caller.user_id)
        if message is not None and moved:
            self._publisher.publish(
                ReadMarked(
                    conversation_id=conversation_id,
                    user_id=caller.user_id,
                    message_id=message.id,
                    sequence=message.sequence,
                    at=now,
                )
            )
        return mark

    async def unread(self, caller: Caller, conversation_id: str) -> ReadMark:
        """Give how far the caller has read, and how much is unread."""

        async def read(tx: Reader) -> ReadMark:
            require_participant(await tx.participant(conversation_id, caller.user_id))
            return await tx.read_mark(conversation_id, caller.user_id)

        return await self._store.ask(read)

    @staticmethod
    async def _last_read(
        tx: Reader, conversation_id: str, message_id: str | None, sequence: int | None
    ) -> Message | None:
        if message_id is not None:
            return require_message_of(conversation_id, await tx.message(message_id))
        before = None if sequence is None else sequence + 1
        return next(iter(await tx.history(conversation_id, before=before, limit=1)), None)
