"""Looking after conversations."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from palaver_runtime.admin_ports import AdminStore
from palaver_runtime.domain.errors import NotFound
from palaver_runtime.domain.events import ParticipantRemoved
from palaver_runtime.domain.values import Conversation
from palaver_runtime.ports import Clock, Publisher
from palaver_runtime.services.administration.forgetting import forget
from palaver_runtime.services.administration.paging import PAGE, Progress, pages, unheard


@dataclass(frozen=True, slots=True)
class Inventory:
    """A conversation, and how many of its messages are there."""

    conversation: Conversation
    messages: int


class ConversationAdministration:
    """Lists conversations, shows them, and deletes them.

    A conversation that is deleted loses its people, each of whom is told, its name and metadata, all messages, and what
    was recorded of it. What stays is its identifier and its counters, so that instances and clients who were away
    learn that it is over, and nobody can come into it. The two of a direct one may begin another.
    """

    def __init__(self, store: AdminStore, publisher: Publisher, clock: Clock) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock

    async def listing(self, user_id: str | None = None) -> AsyncIterator[Inventory]:
        """Give conversations, a user's or all that are not deleted, by ascending identifier."""
        found = pages(self._store, lambda tx, after: tx.conversation_ids(after, PAGE, user_id=user_id), str)
        async for page in found:
            for conversation_id in page:
                async with self._store.reading() as tx:
                    conversation = await tx.conversation(conversation_id)
                    count = await tx.count_messages(conversation_id)
                if conversation is not None:
                    yield Inventory(conversation, count)

    async def show(self, conversation_id: str) -> Inventory:
        """Give a conversation; raise NotFound when there is none."""
        async with self._store.reading() as tx:
            conversation = await tx.conversation(conversation_id)
            if conversation is None:
                raise NotFound(f"There is no conversation {conversation_id!r}")
            return Inventory(conversation, await tx.count_messages(conversation_id))

    async def delete(self, conversation_id: str, progress: Progress = unheard) -> int:
        """Delete a conversation; give how many messages there were. A repetition finishes what was interrupted."""
        now = self._clock.now()
        changes: list[ParticipantRemoved] = []
        async with self._store.writing() as tx:
            await tx.lock(conversation_id)
            conversation = await tx.conversation(conversation_id)
            if conversation is None:
                raise NotFound(f"There is no conversation {conversation_id!r}")
            await tx.strip_conversation(conversation_id, now)
            if conversation.participants:
                await tx.forget_changes(conversation_id, conversation.revision)
            for each in conversation.participants:
                await tx.remove_participant(conversation_id, each.user_id)
                change = ParticipantRemoved(
                    conversation_id=conversation_id,
                    revision=await tx.advance(conversation_id),
                    user_id=each.user_id,
                    profile=each.profile,
                    at=now,
                )
                await tx.record(change)
                changes.append(change)
        for change in changes:
            self._publisher.publish(change)
        return await forget(self._store, conversation_id, conversation.sequence, progress)
