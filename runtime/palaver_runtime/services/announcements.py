"""What a dialect has of its own: events that the core has no word for, told as durably as all others."""

from collections.abc import Callable
from dataclasses import replace

from palaver_runtime.domain.commands import Announcement
from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.domain.events import Announced, Change, ConversationUpdated
from palaver_runtime.domain.policies import NOT_A_PARTICIPANT
from palaver_runtime.domain.values import Conversation
from palaver_runtime.ports import Clock, Publisher, Store
from palaver_runtime.services.memberships import enter

Decision = Callable[[Conversation], Announcement]
"""What is to be told of a conversation as it stands; raises a ChatError where nothing is. Waits for nothing."""


class AnnouncementService:
    """Tells the participants of a conversation what the core does not know: each exactly once and in order."""

    def __init__(self, store: Store, publisher: Publisher, clock: Clock) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock

    async def announce(self, conversation_id: str, decide: Decision) -> Conversation:
        """Let `decide` see a conversation, do what it says, and give the conversation as it then is.

        Nobody else changes the conversation meanwhile, so what was decided still holds when it is done. Whoever may
        do it is for `decide` to say: see `require_participant`. Raises Forbidden for a conversation that is not there,
        and what `decide` and the coming in of people raise; nothing is changed then.
        """
        changes: list[Change] = []
        async with self._store.writing() as tx:
            await tx.lock(conversation_id)
            conversation = await tx.conversation(conversation_id)
            if conversation is None:
                raise Forbidden(NOT_A_PARTICIPANT)
            announcement = decide(conversation)
            now = self._clock.now()
            for user_id in dict.fromkeys(announcement.admit):
                if conversation.participant(user_id) is None:
                    entered = await enter(tx, conversation, user_id, now)
                    conversation = entered.conversation
                    changes.append(entered)
            if announcement.metadata is not None:
                revision = await tx.advance(conversation_id)
                conversation = replace(conversation, metadata=announcement.metadata, updated_at=now, revision=revision)
                await tx.update_conversation(conversation_id, conversation.name, conversation.metadata, now)
                updated = ConversationUpdated(
                    conversation_id=conversation_id, revision=revision, conversation=conversation
                )
                await tx.record(updated)
                changes.append(updated)
            revision = await tx.advance(conversation_id)
            conversation = replace(conversation, revision=revision)
            announced = Announced(
                conversation_id=conversation_id,
                revision=revision,
                dialect=announcement.dialect,
                event=announcement.event,
                payload=announcement.payload,
                at=now,
            )
            await tx.record(announced)
            changes.append(announced)
        for change in changes:
            self._publisher.publish(change)
        return conversation
