"""Conversations: coming to be, being listed, being changed."""

import asyncio
import secrets
from dataclasses import replace
from datetime import timedelta

from mutants.catalogue.silence import never_told
from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime.adapters.sql import conversations as tables
from palaver_runtime.adapters.sql.accounts import AccountReader
from palaver_runtime.adapters.sql.listings import ListingReader
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.domain.events import Change, ConversationCreated, ConversationUpdated
from palaver_runtime.domain.values import Caller, Conversation, ConversationSummary, ConversationType
from palaver_runtime.ports import ListingPlace, Writer
from palaver_runtime.services import conversations
from palaver_runtime.services.conversations import ConversationService


@mutant("conversations.direct.race", "the number of conversations to be 1", tier=Tier.SUBTLE)
def creates_direct_conversations_side_by_side() -> None:
    """Between looking for a direct conversation and creating it others may do the same."""
    create = ConversationService.create
    found: dict[frozenset[str], Conversation] = {}

    async def hasty(
        self: ConversationService, caller: Caller, command: CreateConversation
    ) -> tuple[Conversation, bool]:
        if command.type is not ConversationType.DIRECT:
            return await create(self, caller, command)
        pair = frozenset({caller.user_id, *command.user_ids})
        known = found.get(pair)
        await asyncio.sleep(0.1)
        if known is not None:
            return known, False
        conversation, _ = await create(self, caller, command)
        found[pair] = conversation
        return conversation, True

    ConversationService.create = hasty
    tables.direct_key = lambda *user_ids: secrets.token_hex(16)


@mutant("conversations.direct.fixed", "a refusal with CONFLICT")
def changes_direct_conversations() -> None:
    """A direct conversation is a group of two."""
    conversations.require_group = lambda conversation: None


@mutant("conversations.get.stranger", "the answer to conversation.update")
def tells_missing_conversations_apart() -> None:
    """Whether a conversation exists shows in the answer to those who are not in it."""
    lock = ConversationService._lock

    async def frank(tx: Writer, conversation_id: str) -> Conversation:
        if not await tx.lock(conversation_id):
            raise Forbidden("There is no such conversation")
        return await lock(tx, conversation_id)

    ConversationService._lock = staticmethod(frank)


@mutant("conversations.create.notifies", "stranger/1 never to receive conversation.created")
def tells_strangers_of_conversations() -> None:
    """Everybody hears of every new conversation."""
    receive_change = Hub._receive_change

    def aloud(self: Hub, change: Change) -> None:
        if isinstance(change, ConversationCreated):
            inside = {each.user_id for each in change.conversation.participants}
            others = [members for user_id, members in self._users.items() if user_id not in inside]
            self._write(change, [each for members in others for each in members if each.ready])
        receive_change(self, change)

    Hub._receive_change = aloud


@mutant("conversations.list.own", "the order to be")
def lists_by_creation() -> None:
    """The latest conversation comes first, whatever was said in the others."""
    summaries = ListingReader.summaries

    async def by_creation(
        self: ListingReader, user_id: str, after: ListingPlace | None, limit: int
    ) -> tuple[ConversationSummary, ...]:
        page = await summaries(self, user_id, after, limit)
        return tuple(sorted(page, key=lambda each: each.conversation.created_at, reverse=True))

    ListingReader.summaries = by_creation


@mutant("conversations.list.own", "the unread count of the receiver")
def lists_nothing_as_unread() -> None:
    """In the listing everything is read."""
    summaries = ListingReader.summaries

    async def read(
        self: ListingReader, user_id: str, after: ListingPlace | None, limit: int
    ) -> tuple[ConversationSummary, ...]:
        return tuple(replace(each, unread=0) for each in await summaries(self, user_id, after, limit))

    ListingReader.summaries = read


@mutant("conversations.list.pages", "the conversations of all pages")
def repeats_conversations_in_pages() -> None:
    """The last conversation of a page is also the first of the next."""
    first_of = conversations.first_of

    def overlapping(
        found: tuple[ConversationSummary, ...], limit: int
    ) -> tuple[tuple[ConversationSummary, ...], ListingPlace | None]:
        page, following = first_of(found, limit)
        if following is not None:
            following = replace(following, active_at=following.active_at + timedelta(milliseconds=1))
        return page, following

    conversations.first_of = overlapping


@mutant("conversations.update.owner", "bob/1 to receive conversation.updated")
def renames_in_silence() -> None:
    """A new name is stored, and told to nobody."""
    never_told(ConversationUpdated)


@mutant("users.look-up.shared", "a refusal with NOT_FOUND")
def shows_users_to_strangers() -> None:
    """Everybody can look up everybody."""

    async def anybody(self: AccountReader, user_id: str, other_id: str) -> bool:
        return True

    AccountReader.share_conversation = anybody
