"""Messages: being edited and deleted."""

import asyncio
from dataclasses import replace
from datetime import datetime

from mutants.catalogue.silence import never_told
from mutants.defect import Tier
from mutants.mutant import mutant
from sqlalchemy import update

from palaver_runtime.adapters.sql.conversations import ConversationWriter
from palaver_runtime.adapters.sql.messages import MessageReader
from palaver_runtime.adapters.sql.tables import conversations
from palaver_runtime.dialects._voice import Notification
from palaver_runtime.dialects.gateway.voice import GatewayVoice
from palaver_runtime.domain.errors import Forbidden, NotFound
from palaver_runtime.domain.events import Event, MessageDeleted, MessageEdited
from palaver_runtime.domain.policies import require_own_message
from palaver_runtime.domain.values import Caller, Message, Participant, Role
from palaver_runtime.ports import Writer
from palaver_runtime.services import messages
from palaver_runtime.services.messages import MessageService


@mutant("messages.edit.by-other", "a refusal with FORBIDDEN")
def lets_others_edit() -> None:
    """Every participant may change every message."""
    messages.require_own_message = lambda message, participant, user_id: message


@mutant("messages.delete.by-other", "a refusal with FORBIDDEN")
def lets_owners_delete() -> None:
    """The owner of a group may do with a message what its sender may."""

    def sender_or_owner(message: Message | None, participant: Participant | None, user_id: str) -> Message:
        if message is not None and participant is not None and participant.role is Role.OWNER:
            return message
        return require_own_message(message, participant, user_id)

    messages.require_own_message = sender_or_owner


@mutant("messages.edit.own", "event message:updated breaks its schema")
def tells_edits_without_revision() -> None:
    """An edit is told without the revision by which clients put it in its place."""
    notifications = GatewayVoice.notifications

    def bare(self: GatewayVoice, event: Event) -> tuple[Notification | None, Notification | None]:
        told = notifications(self, event)
        if isinstance(event, MessageEdited) and told[0] is not None:
            name, payload = told[0]
            without = name, payload.model_dump(mode="json", by_alias=True, exclude={"revision"})
            return without, without
        return told

    GatewayVoice.notifications = bare


@mutant("messages.edit.own", "the history to be")
def moves_edited_messages_to_the_end() -> None:
    """The history is in the order of the last changes."""
    history = MessageReader.history

    async def by_change(self: MessageReader, conversation_id: str, **page: int | None) -> tuple[Message, ...]:
        return tuple(sorted(await history(self, conversation_id, **page), key=lambda each: each.revision))

    MessageReader.history = by_change


@mutant("messages.edit.own", "an edit leaves no gap")
def leaves_a_gap_behind_an_edit() -> None:
    """An edit takes a number of the sequence."""
    advance = ConversationWriter.advance

    async def wasteful(self: ConversationWriter, conversation_id: str) -> int:
        await self._connection.execute(
            update(conversations)
            .where(conversations.c.id == conversation_id)
            .values(sequence=conversations.c.sequence + 1)
        )
        return await advance(self, conversation_id)

    ConversationWriter.advance = wasteful


@mutant("messages.delete.own", "to receive message.deleted")
def keeps_deletions_to_itself() -> None:
    """A deletion is stored and acknowledged, and nobody hears of it."""
    never_told(MessageDeleted)


@mutant("messages.delete.own", "the content of the deleted message to be gone")
def keeps_attachments_of_deleted_messages() -> None:
    """A deletion takes the text, and leaves what was attached."""

    def without_text(self: Message, revision: int, at: datetime) -> Message:
        return replace(self, content="", revision=revision, updated_at=at, deleted_at=at)

    Message.erased = without_text


@mutant("messages.delete.twice", "a refusal with NOT_FOUND")
def edits_deleted_messages() -> None:
    """A deleted message may be given new content."""

    def whatever_became_of_it(message: Message | None, participant: Participant | None, user_id: str) -> Message:
        return require_own_message(message and replace(message, deleted_at=None), participant, user_id)

    messages.require_own_message = whatever_became_of_it


@mutant("messages.change.stranger", "to be refused with NOT_FOUND")
def tells_others_messages_apart() -> None:
    """Who is not in a conversation learns which messages there are in it."""

    def frank(message: Message | None, participant: Participant | None, user_id: str) -> Message:
        if message is not None and participant is None:
            raise Forbidden("This message is not for you")
        return require_own_message(message, participant, user_id)

    messages.require_own_message = frank


@mutant("messages.change.race", "no edit after the deletion", tier=Tier.SUBTLE)
def brings_deleted_messages_back() -> None:
    """An edit is made of what was read a moment ago, whatever has become of the message since."""
    edit, delete = MessageService.edit, MessageService.delete
    lock_own = MessageService._lock_own

    async def unhurried(self: MessageService, caller: Caller, message_id: str, content: str) -> Message:
        async with self._store.reading() as tx:
            before = await tx.message(message_id)
        if before is None or before.deleted:
            raise NotFound("There is no such message")
        await asyncio.sleep(0.5)

        async def as_it_was(tx: Writer, caller: Caller, message_id: str) -> Message:
            await tx.lock(before.conversation_id)
            return before

        MessageService._lock_own = staticmethod(as_it_was)
        try:
            return await edit(self, caller, message_id, content)
        finally:
            MessageService._lock_own = staticmethod(lock_own)

    async def meanwhile(self: MessageService, caller: Caller, message_id: str) -> None:
        await asyncio.sleep(0.1)
        await delete(self, caller, message_id)

    MessageService.edit = unhurried
    MessageService.delete = meanwhile
