"""Conversations and who is in them."""

from collections.abc import Mapping
from dataclasses import replace

from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.errors import Conflict, Forbidden, Invalid, NotFound
from palaver_runtime.domain.events import (
    Change,
    ConversationCreated,
    ConversationUpdated,
    ParticipantAdded,
    ParticipantRemoved,
)
from palaver_runtime.domain.identifiers import new_id
from palaver_runtime.domain.policies import (
    NOT_A_PARTICIPANT,
    require_group,
    require_owner,
    require_participant,
    successor,
)
from palaver_runtime.domain.values import (
    Caller,
    Conversation,
    ConversationSummary,
    ConversationType,
    Participant,
    Role,
)
from palaver_runtime.ports import Clock, ListingPlace, Publisher, Store, Writer
from palaver_runtime.services.typing import TypingService

MAX_PARTICIPANTS = 1000


class ConversationService:
    """Creates conversations and changes who is in them; every change is told to those it concerns."""

    def __init__(self, store: Store, publisher: Publisher, clock: Clock, typing: TypingService) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._typing = typing

    async def create(self, caller: Caller, command: CreateConversation) -> tuple[Conversation, bool]:
        """Create a conversation; give it, and False when it is direct and was there already."""
        others = [each for each in dict.fromkeys(command.user_ids) if each != caller.user_id]
        direct = command.type is ConversationType.DIRECT
        if direct and len(others) != 1:
            raise Invalid("A direct conversation is with exactly one other user")
        if direct and command.name is not None:
            raise Invalid("A direct conversation has no name")
        now = self._clock.now()
        roles = {caller.user_id: Role.OWNER, **dict.fromkeys(others, Role.MEMBER)}
        conversation = Conversation(
            id=new_id(),
            type=command.type,
            name=command.name,
            metadata=command.metadata,
            created_by=caller.user_id,
            created_at=now,
            updated_at=now,
            active_at=now,
            revision=1,
            sequence=0,
            participants=tuple(Participant(user_id=each, role=role, joined_at=now) for each, role in roles.items()),
        )
        change = ConversationCreated(
            conversation_id=conversation.id, revision=conversation.revision, conversation=conversation
        )
        async with self._store.writing() as tx:
            unknown = await tx.unknown_users(others)
            if unknown:
                raise NotFound(f"There is no such user: {unknown[0]}")
            if not await tx.add_conversation(conversation):
                existing = await tx.direct_conversation(caller.user_id, others[0])
                if existing is None:
                    raise RuntimeError("a direct conversation was refused as existing, yet is not there")
                return existing, False
            await tx.record(change)
        self._publisher.publish(change)
        return conversation, True

    async def get(self, caller: Caller, conversation_id: str) -> ConversationSummary:
        """Give a conversation as the caller finds it."""
        async with self._store.reading() as tx:
            summary = await tx.summary(conversation_id, caller.user_id)
        if summary is None:
            raise Forbidden(NOT_A_PARTICIPANT)
        return summary

    async def admit(self, caller: Caller, conversation_id: str) -> None:
        """Raise Forbidden unless the caller is in the conversation."""
        async with self._store.reading() as tx:
            require_participant(await tx.participant(conversation_id, caller.user_id))

    async def listing(
        self, caller: Caller, after: ListingPlace | None, limit: int
    ) -> tuple[tuple[ConversationSummary, ...], ListingPlace | None]:
        """Give a page of the caller's conversations, latest activity first, and where the next one starts."""
        async with self._store.reading() as tx:
            page = await tx.summaries(caller.user_id, after, limit + 1)
        if len(page) <= limit:
            return page, None
        last = page[limit - 1].conversation
        return page[:limit], ListingPlace(last.active_at, last.id)

    async def update(
        self,
        caller: Caller,
        conversation_id: str,
        name: str | None,
        metadata: Mapping[str, object] | None,
    ) -> Conversation:
        """Change name or metadata of a group; None leaves a value as it is."""
        now = self._clock.now()
        async with self._store.writing() as tx:
            conversation = await self._lock(tx, conversation_id)
            require_owner(conversation, caller.user_id)
            require_group(conversation)
            revision = await tx.advance(conversation_id)
            conversation = replace(
                conversation,
                name=conversation.name if name is None else name,
                metadata=conversation.metadata if metadata is None else metadata,
                updated_at=now,
                revision=revision,
            )
            await tx.update_conversation(conversation_id, conversation.name, conversation.metadata, now)
            change = ConversationUpdated(conversation_id=conversation_id, revision=revision, conversation=conversation)
            await tx.record(change)
        self._publisher.publish(change)
        return conversation

    async def add(self, caller: Caller, conversation_id: str, user_id: str) -> Participant:
        """Add a user to a group; who is added has nothing unread."""
        now = self._clock.now()
        async with self._store.writing() as tx:
            conversation = await self._lock(tx, conversation_id)
            require_owner(conversation, caller.user_id)
            require_group(conversation)
            if await tx.unknown_users([user_id]):
                raise NotFound("There is no such user")
            if len(conversation.participants) >= MAX_PARTICIPANTS:
                raise Conflict(f"A conversation has at most {MAX_PARTICIPANTS} participants")
            participant = Participant(user_id=user_id, role=Role.MEMBER, joined_at=now)
            if not await tx.add_participant(
                conversation_id,
                participant,
                read_sequence=conversation.sequence,
                # The one that is taken below: the conversation is locked.
                joined_revision=conversation.revision + 1,
            ):
                raise Conflict("The user is a participant already")
            revision = await tx.advance(conversation_id)
            change = ParticipantAdded(
                conversation_id=conversation_id,
                revision=revision,
                conversation=replace(
                    conversation,
                    revision=revision,
                    participants=(*conversation.participants, participant),
                ),
                user_id=user_id,
                at=now,
            )
            await tx.record(change)
        self._publisher.publish(change)
        return participant

    async def remove(self, caller: Caller, conversation_id: str, user_id: str) -> None:
        """Remove a user from a group."""
        if user_id == caller.user_id:
            raise Conflict("To go oneself, leave the conversation")
        await self._remove(caller, conversation_id, user_id)

    async def leave(self, caller: Caller, conversation_id: str) -> None:
        """Take the caller out of a group; if the owner goes, the longest-standing participant becomes the owner."""
        await self._remove(caller, conversation_id, caller.user_id)

    async def _remove(self, caller: Caller, conversation_id: str, user_id: str) -> None:
        now = self._clock.now()
        async with self._store.writing() as tx:
            conversation = await self._lock(tx, conversation_id)
            if user_id == caller.user_id:
                require_participant(conversation.participant(user_id))
            else:
                require_owner(conversation, caller.user_id)
            require_group(conversation)
            if not await tx.remove_participant(conversation_id, user_id):
                raise NotFound("There is no such participant")
            revision = await tx.advance(conversation_id)
            changes: list[Change] = [
                ParticipantRemoved(conversation_id=conversation_id, revision=revision, user_id=user_id, at=now)
            ]
            heir = successor(conversation, user_id)
            if heir is not None:
                await tx.set_role(conversation_id, heir.user_id, Role.OWNER)
                revision = await tx.advance(conversation_id)
                changed = await tx.conversation(conversation_id)
                if changed is None:
                    raise RuntimeError("a conversation vanished while it was locked")
                changes.append(
                    ConversationUpdated(conversation_id=conversation_id, revision=revision, conversation=changed)
                )
            for change in changes:
                await tx.record(change)
        self._typing.ended(conversation_id, user_id)
        for change in changes:
            self._publisher.publish(change)

    @staticmethod
    async def _lock(tx: Writer, conversation_id: str) -> Conversation:
        await tx.lock(conversation_id)
        conversation = await tx.conversation(conversation_id)
        if conversation is None:
            raise Forbidden(NOT_A_PARTICIPANT)
        return conversation
