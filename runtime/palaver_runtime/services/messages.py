"""Sending, changing and reading messages."""

import asyncio
from collections.abc import Awaitable, Sequence

from palaver_runtime.domain.commands import Missed, SendMessage, Synchronise
from palaver_runtime.domain.errors import ChatError, NotFound
from palaver_runtime.domain.events import MessageCreated, MessageDeleted, MessageEdited
from palaver_runtime.domain.policies import require_admin, require_message_of, require_own_message, require_participant
from palaver_runtime.domain.values import Caller, Message, MessageKind
from palaver_runtime.metrics import Metrics
from palaver_runtime.ports import Clock, Publisher, Reader, Store, Writer
from palaver_runtime.services.capacity import Capacity
from palaver_runtime.services.drafts import Draft, Sent, send, send_and_forget
from palaver_runtime.services.limits import Limits
from palaver_runtime.services.outgoing import Outgoing
from palaver_runtime.services.typing import TypingService


class MessageService:
    """Messages, each change of which is durable before anybody hears of it.

    With `keep`, that many of the newest messages of a conversation are kept, and each new one takes the place of the
    oldest. Who has an older one still shows it; here it is as if it had never been, also for who repeats it or
    synchronises from it.
    """

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        clock: Clock,
        limits: Limits,
        typing: TypingService,
        *,
        keep: int | None = None,
        capacity: Capacity | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._limits = limits
        self._typing = typing
        self._keep = keep
        self._capacity = capacity or Capacity()
        self._outgoing = Outgoing(
            self._commit, self._told, company=limits.settled, at_once=store.senders, metrics=metrics
        )

    async def close(self) -> None:
        """Finish what is being sent; from now on nothing can be."""
        await self._outgoing.close()

    @property
    def kept(self) -> int | None:
        """How many messages of a conversation are kept; None for all."""
        return self._keep

    async def send(self, caller: Caller, command: SendMessage, *, counted: bool = False) -> Message:
        """Store a message and tell the participants; a repeated client identifier gives the first message.

        Messages of the system are for administrators to send. A message that is `counted` already does not count
        against the caller's limit again.
        """
        return (await self.submit(caller, command, counted=counted)).message

    async def submit(self, caller: Caller, command: SendMessage, *, counted: bool = False) -> Sent:
        """Do what `send` does, and say whether the message is new, so that the participants are told."""
        self._require_sender(caller, command)
        if not counted:
            await self._limits.message(caller.user_id)
        return await self._post(caller, command)

    def begin(self, caller: Caller, command: SendMessage) -> Awaitable[Sent]:
        """Do what `submit` does, but begin at once with what needs nobody else, and raise at once what that raises."""
        self._require_sender(caller, command)
        if not self._limits.message_at_once(caller.user_id):
            return self.submit(caller, command)
        return self._post(caller, command)

    async def edit(self, caller: Caller, message_id: str, content: str) -> Message:
        """Give a message of the caller's new content."""
        now = self._clock.now()

        async def write(tx: Writer) -> MessageEdited:
            message = await self._lock_own(tx, caller, message_id)
            revision = await tx.advance(message.conversation_id)
            message = message.with_content(content, revision, now)
            change = MessageEdited(conversation_id=message.conversation_id, revision=revision, message=message)
            await tx.update_message(message)
            await tx.record(change)
            return change

        change = await self._store.write(write)
        self._publisher.publish(change)
        return change.message

    async def delete(self, caller: Caller, message_id: str) -> None:
        """Erase a message of the caller's; its place in the sequence stays."""
        now = self._clock.now()

        async def write(tx: Writer) -> MessageDeleted:
            message = await self._lock_own(tx, caller, message_id)
            revision = await tx.advance(message.conversation_id)
            message = message.erased(revision, now)
            change = MessageDeleted(conversation_id=message.conversation_id, revision=revision, message=message)
            await tx.update_message(message)
            await tx.record(change)
            return change

        self._publisher.publish(await self._store.write(write))

    async def history(
        self,
        caller: Caller,
        conversation_id: str,
        *,
        before: str | None = None,
        after: str | None = None,
        before_sequence: int | None = None,
        limit: int,
    ) -> tuple[tuple[Message, ...], bool]:
        """Give a page of messages by ascending sequence, and whether there are more that way.

        With `after`, the page that begins there; else the page that ends before `before`, given as a message or as a
        sequence, or the newest one.
        """
        limit = self._capacity.page_of(limit)

        async def read(tx: Reader) -> tuple[Message, ...]:
            require_participant(await tx.participant(conversation_id, caller.user_id))
            return await tx.history(
                conversation_id,
                before=before_sequence if before is None else await self._sequence_of(tx, conversation_id, before),
                after=await self._sequence_of(tx, conversation_id, after),
                limit=limit + 1,
            )

        page = await self._store.read(read)
        if len(page) <= limit:
            return page, False
        return (page[:limit] if after is not None else page[-limit:]), True

    async def page(
        self, caller: Caller, conversation_id: str, page: int, limit: int
    ) -> tuple[tuple[Message, ...], int]:
        """Give a page by its number, by ascending sequence, and how many messages there are; 1 is the newest page.

        Messages that are there have consecutive sequences, as a deleted one keeps its own and the oldest are forgotten
        first, so that no page takes longer than another.
        """

        async def read(tx: Reader) -> tuple[tuple[Message, ...], int]:
            require_participant(await tx.participant(conversation_id, caller.user_id))
            ends = [await tx.history(conversation_id, after=after, limit=1) for after in (0, None)]
            if not all(ends):
                return (), 0
            first, last = (end[0].sequence for end in ends)
            messages = await tx.history(conversation_id, before=last + 1 - (page - 1) * limit, limit=limit)
            return messages, last - first + 1

        return await self._store.read(read)

    async def synchronise(self, caller: Caller, command: Synchronise) -> Missed:
        """Give what the caller missed: see the document of `message.sync` for how to go on from it.

        Everything is read in one transaction, so the revision that is given is that of all of it.
        """
        conversation_id, limit = command.conversation_id, self._capacity.page_of(command.limit)

        async def read(tx: Reader) -> Missed:
            found = require_participant(await tx.bearings(conversation_id, caller.user_id, command.last_message_id))
            sequence, since = 0, 0
            if command.last_message_id is not None:
                last = require_message_of(conversation_id, found.last)
                sequence, since = last.sequence, last.created_revision
            if command.revision is not None:
                since = command.revision
            # Of all who come back at once, most have missed nothing: they are told so by what is known already.
            changed: tuple[Message, ...] = ()
            if sequence and found.position.revision > since:
                changed = await tx.changed(conversation_id, since=since, until_sequence=sequence, limit=limit + 1)
            if len(changed) > limit:
                page = changed[:limit]
                return Missed(messages=(), changed=page, has_more=True, revision=page[-1].revision)
            newer: tuple[Message, ...] = ()
            if found.position.sequence > sequence:
                newer = await tx.history(conversation_id, after=sequence, limit=limit + 1)
            return Missed(
                messages=newer[:limit],
                changed=changed,
                has_more=len(newer) > limit,
                revision=found.position.revision,
            )

        return await self._store.ask(read)

    async def prune(self, caller: Caller, conversation_id: str, keep: int) -> int:
        """Forget all but the newest `keep` messages of a conversation, as if it were kept so; give how many went.

        It is for administrators, who need not be participants.
        """
        require_admin(caller)

        async def write(tx: Writer) -> int:
            position = (await tx.lock_all([conversation_id])).get(conversation_id)
            if position is None:
                raise NotFound("There is no such conversation")
            if position.sequence <= keep:
                return 0
            return await tx.forget_messages({conversation_id: position.sequence - keep})

        return await self._store.write(write)

    @staticmethod
    def _require_sender(caller: Caller, command: SendMessage) -> None:
        if command.kind is MessageKind.SYSTEM:
            require_admin(caller)

    def _post(self, caller: Caller, command: SendMessage) -> asyncio.Future[Sent]:
        self._capacity.require_metadata(command.metadata)
        return self._outgoing.send(Draft(caller.user_id, command, self._clock.now()))

    async def _commit(self, drafts: Sequence[Draft]) -> Sequence[Sent | ChatError]:
        keep = self._keep
        if keep is None:
            return await self._store.send(lambda tx: send(tx, drafts))
        return await self._store.write(lambda tx: send_and_forget(tx, drafts, keep))

    def _told(self, message: Message) -> None:
        conversation_id = message.conversation_id
        self._typing.ended(conversation_id, message.sender_id)
        self._publisher.publish(
            MessageCreated(conversation_id=conversation_id, revision=message.created_revision, message=message)
        )

    @staticmethod
    async def _require_message(tx: Reader, conversation_id: str, message_id: str) -> Message:
        return require_message_of(conversation_id, await tx.message(message_id))

    async def _sequence_of(self, tx: Reader, conversation_id: str, message_id: str | None) -> int | None:
        if message_id is None:
            return None
        return (await self._require_message(tx, conversation_id, message_id)).sequence

    @staticmethod
    async def _lock_own(tx: Writer, caller: Caller, message_id: str) -> Message:
        message = await tx.message(message_id)
        if message is None:
            raise NotFound("There is no such message")
        await tx.lock(message.conversation_id)
        participant = await tx.participant(message.conversation_id, caller.user_id)
        return require_own_message(await tx.message(message_id), participant, caller.user_id)
