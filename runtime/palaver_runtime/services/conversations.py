"""Conversations and who is in them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.errors import Conflict, Forbidden, Invalid, NotFound
from palaver_runtime.domain.events import ConversationCreated, ConversationUpdated, ParticipantAdded
from palaver_runtime.domain.identifiers import new_id
from palaver_runtime.domain.policies import (
    NOT_A_PARTICIPANT,
    require_group,
    require_owner,
    require_participant,
    require_public,
)
from palaver_runtime.domain.values import (
    Caller,
    Conversation,
    ConversationSummary,
    ConversationType,
    Message,
    Participant,
    Role,
)
from palaver_runtime.ports import Clock, ListingPlace, Publisher, Reader, Store, Writer
from palaver_runtime.services.capacity import Capacity
from palaver_runtime.services.memberships import depart, enter
from palaver_runtime.services.typing import TypingService


def first_of(
    found: tuple[ConversationSummary, ...], limit: int
) -> tuple[tuple[ConversationSummary, ...], ListingPlace | None]:
    """Give a page of what was found, and where the next one starts; one more than `limit` was asked for."""
    if len(found) <= limit:
        return found, None
    last = found[limit - 1].conversation
    return found[:limit], ListingPlace(last.active_at, last.id)


class ConversationService:
    """Creates conversations and changes who is in them; every change is told to those it concerns."""

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        clock: Clock,
        typing: TypingService,
        capacity: Capacity | None = None,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._typing = typing
        self.capacity = capacity or Capacity()

    async def create(self, caller: Caller, command: CreateConversation) -> tuple[Conversation, bool]:
        """Create a conversation; give it, and False when it is direct and was there already."""
        others = [each for each in dict.fromkeys(command.user_ids) if each != caller.user_id]
        self.capacity.require_members(1 + len(others))
        self.capacity.require_metadata(command.metadata)
        if command.type is ConversationType.DIRECT:
            if len(others) != 1:
                raise Invalid("A direct conversation is with exactly one other user")
            if command.name is not None:
                raise Invalid("A direct conversation has no name")
            if command.public:
                raise Invalid("A direct conversation is not public")
        async with self._store.writing() as tx:
            change = await self._create(tx, new_id(), caller, others, command)
            if change is None:
                existing = await tx.direct_conversation(caller.user_id, others[0])
                if existing is None:
                    raise RuntimeError("a direct conversation was refused as existing, yet is not there")
                return existing, False
        self._publisher.publish(change)
        return change.conversation, True

    async def get(self, caller: Caller, conversation_id: str) -> ConversationSummary:
        """Give a conversation as the caller finds it."""
        summary = await self._store.ask(lambda tx: tx.summary(conversation_id, caller.user_id))
        if summary is None:
            raise Forbidden(NOT_A_PARTICIPANT)
        return summary

    async def view(
        self, caller: Caller, conversation_id: str, limit: int
    ) -> tuple[ConversationSummary, tuple[Message, ...]]:
        """Give a conversation as the caller finds it, and its newest messages by ascending sequence, of one moment."""

        async def seen(tx: Reader) -> tuple[ConversationSummary | None, tuple[Message, ...]]:
            return await tx.summary(conversation_id, caller.user_id), await tx.history(conversation_id, limit=limit)

        summary, messages = await self._store.read(seen)
        if summary is None:
            raise Forbidden(NOT_A_PARTICIPANT)
        return summary, messages

    async def admit(self, caller: Caller, conversation_id: str) -> None:
        """Raise Forbidden unless the caller is in the conversation."""
        require_participant(await self._store.ask(lambda tx: tx.participant(conversation_id, caller.user_id)))

    async def listing(
        self, caller: Caller, after: ListingPlace | None, limit: int
    ) -> tuple[tuple[ConversationSummary, ...], ListingPlace | None]:
        """Give a page of the caller's conversations, latest activity first, and where the next one starts."""
        limit = self.capacity.page_of(limit)
        return first_of(await self._store.ask(lambda tx: tx.summaries(caller.user_id, after, limit + 1)), limit)

    async def rooms(self, caller: Caller, limit: int) -> tuple[Conversation, ...]:
        """Give the caller's conversations and the public ones, latest activity first."""
        return await self._store.ask(lambda tx: tx.rooms(caller.user_id, limit))

    async def update(
        self,
        caller: Caller,
        conversation_id: str,
        name: str | None,
        metadata: Mapping[str, object] | None,
    ) -> Conversation:
        """Change name or metadata of a group; None leaves a value as it is."""
        self.capacity.require_metadata(metadata or {})
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
            change = await enter(tx, conversation, user_id, now, self.capacity)
        self._publisher.publish(change)
        return change.conversation.participants[-1]

    async def join(self, caller: Caller, conversation_id: str, *, create_as: str | None = None) -> Conversation:
        """Come into a public conversation, or find oneself there; who comes has nothing unread.

        Where there is none, one of this identifier and the name `create_as` is created, public and the caller's
        own. Raises Forbidden for one that is not public and, without such a name, for one that is not there.
        """
        known = await self._store.ask(lambda tx: tx.conversation(conversation_id))
        if known is not None and known.participant(caller.user_id) is not None:
            return known
        change: ConversationCreated | ParticipantAdded | None = None
        async with self._store.writing() as tx:
            if known is None and create_as is not None:
                command = CreateConversation(type=ConversationType.GROUP, user_ids=(), name=create_as, public=True)
                change = await self._create(tx, conversation_id, caller, (), command)
            if change is None:
                await tx.lock(conversation_id)
                conversation = await tx.conversation(conversation_id)
                if conversation is None:
                    raise Forbidden(NOT_A_PARTICIPANT)
                if conversation.participant(caller.user_id) is not None:
                    return conversation
                require_public(conversation)
                change = await enter(tx, conversation, caller.user_id, self._clock.now(), self.capacity)
        self._publisher.publish(change)
        return change.conversation

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
            changes = await depart(tx, conversation, user_id, now)
        self._typing.ended(conversation_id, user_id)
        for change in changes:
            self._publisher.publish(change)

    async def _create(
        self, tx: Writer, conversation_id: str, caller: Caller, others: Sequence[str], command: CreateConversation
    ) -> ConversationCreated | None:
        """Add a conversation of the caller's and record that; None, and nothing done, when it is there already."""
        now = self._clock.now()
        roles = {caller.user_id: Role.OWNER, **dict.fromkeys(others, Role.MEMBER)}
        profiles = await tx.profiles(list(roles))
        for each in roles:
            if each not in profiles:
                raise NotFound(f"There is no such user: {each}")
        conversation = Conversation(
            id=conversation_id,
            type=command.type,
            name=command.name,
            metadata=command.metadata,
            created_by=caller.user_id,
            created_at=now,
            updated_at=now,
            active_at=now,
            revision=1,
            sequence=0,
            participants=tuple(
                Participant(user_id=each, role=role, joined_at=now, profile=profiles[each])
                for each, role in roles.items()
            ),
            public=command.public,
        )
        change = ConversationCreated(conversation_id=conversation_id, revision=1, conversation=conversation)
        if not await tx.add_conversation(conversation):
            return None
        await tx.record(change)
        return change

    @staticmethod
    async def _lock(tx: Writer, conversation_id: str) -> Conversation:
        await tx.lock(conversation_id)
        conversation = await tx.conversation(conversation_id)
        if conversation is None:
            raise Forbidden(NOT_A_PARTICIPANT)
        return conversation
