"""Catching up: what was missed, and history."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime.adapters.sql.conversations import ConversationReader
from palaver_runtime.adapters.sql.messages import MessageReader
from palaver_runtime.domain.commands import Missed, Synchronise
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.values import Caller, Message, Position
from palaver_runtime.ports import Bearings
from palaver_runtime.services import drafts, messages
from palaver_runtime.services.drafts import Draft, Sent, send
from palaver_runtime.services.messages import MessageService


@mutant("sync.reconnect.missed", "the missed messages to be")
def forgets_one_message_in_sync() -> None:
    """Catching up leaves out the first of the messages that were missed."""
    synchronise = MessageService.synchronise

    async def forgetful(self: MessageService, caller: Caller, command: Synchronise) -> Missed:
        missed = await synchronise(self, caller, command)
        return replace(missed, messages=missed.messages[1:])

    MessageService.synchronise = forgetful


@mutant("sync.reconnect.missed", "the messages that changed")
def skips_changes_in_sync() -> None:
    """Catching up gives new messages, and says nothing of earlier ones that were edited or deleted."""
    synchronise = MessageService.synchronise

    async def new_ones(self: MessageService, caller: Caller, command: Synchronise) -> Missed:
        return replace(await synchronise(self, caller, command), changed=())

    MessageService.synchronise = new_ones


@mutant("sync.reconnect.pages", "the missed messages, in order and once each")
def ends_catching_up_early() -> None:
    """After the first page there is nothing more to fetch."""
    synchronise = MessageService.synchronise

    async def one_page(self: MessageService, caller: Caller, command: Synchronise) -> Missed:
        return replace(await synchronise(self, caller, command), has_more=False)

    MessageService.synchronise = one_page


@mutant("sync.nothing.missed", "what was missed")
def repeats_the_last_known_message() -> None:
    """What was missed begins with what is known."""
    bearings = ConversationReader.bearings

    async def behind(self: ConversationReader, *asked: str | None) -> Bearings | None:
        found = await bearings(self, *asked)
        if found is None or found.last is None:
            return found
        return replace(found, last=replace(found.last, sequence=found.last.sequence - 1))

    ConversationReader.bearings = behind


@mutant("sync.cursor.unknown", "a refusal with NOT_FOUND")
def takes_cursors_of_other_conversations() -> None:
    """The last known message may be of any conversation."""
    require = messages.require_message_of

    def any_message(conversation_id: str, message: Message | None) -> Message:
        return require(message.conversation_id if message else conversation_id, message)

    messages.require_message_of = any_message


@mutant("sync.history.pages", "those before the fifth")
def overlaps_pages_of_the_history() -> None:
    """The page before a message ends with that message."""
    history = MessageReader.history

    async def inclusive(
        self: MessageReader, conversation_id: str, *, before: int | None = None, after: int | None = None, limit: int
    ) -> tuple[Message, ...]:
        return await history(self, conversation_id, before=before and before + 1, after=after, limit=limit)

    MessageReader.history = inclusive


@mutant("sync.history.backwards", "the newest messages to be")
def reads_the_history_upside_down() -> None:
    """A page of the history has its newest message first."""
    history = MessageService.history

    async def upside_down(
        self: MessageService, caller: Caller, conversation_id: str, **page: object
    ) -> tuple[tuple[Message, ...], bool]:
        found, more = await history(self, caller, conversation_id, **page)
        return found[::-1], more

    MessageService.history = upside_down


@mutant("sync.history.pages", "the newest messages to be", tier=Tier.SUBTLE)
def orders_by_the_second_of_creation() -> None:
    """Messages are in the order of the seconds in which they were sent, and those of one second come as they come."""
    history = MessageReader.history

    async def by_second(self: MessageReader, conversation_id: str, **page: int | None) -> tuple[Message, ...]:
        found = await history(self, conversation_id, **page)
        newest_first = found[::-1]
        return tuple(sorted(newest_first, key=lambda each: each.created_at.replace(microsecond=0)))

    MessageReader.history = by_second


@mutant("sync.history.at-once", "the sequence, which starts at 1 and has no gap")
def skips_numbers() -> None:
    """Each message takes two numbers of the sequence."""
    placed = drafts._Facts._placed

    def wasteful(self: drafts._Facts, draft: Draft, *sender: object) -> Message:
        conversation_id = draft.command.conversation_id
        last = self._positions[conversation_id]
        self._positions[conversation_id] = Position(revision=last.revision, sequence=last.sequence + 1)
        return placed(self, draft, *sender)

    drafts._Facts._placed = wasteful


@mutant("sync.history.at-once", "the newest message to be")
def acknowledges_before_the_commit() -> None:
    """Messages are numbered, acknowledged and told, and then not stored."""

    class NeverMind(Exception):
        pass

    async def hasty(self: MessageService, drafts: Sequence[Draft]) -> Sequence[Sent | ChatError]:
        sent: Sequence[Sent | ChatError] = ()
        with suppress(NeverMind):
            async with self._store.writing() as tx:
                sent = await send(tx, drafts)
                raise NeverMind
        return sent

    MessageService._commit = hasty
