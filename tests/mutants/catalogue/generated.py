"""What generated scenarios find: by the authorisation matrix, by what is wrong in a request, and at random."""

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from typing import Any

from mutants.mutant import mutant
from pydantic import ValidationError
from sqlalchemy import ScalarSelect, func, or_, select

from palaver_runtime.adapters.sql import receipts, tables
from palaver_runtime.dialects import _reading
from palaver_runtime.dialects.gateway import codec
from palaver_runtime.domain.errors import Invalid, NotFound
from palaver_runtime.domain.policies import require_participant
from palaver_runtime.domain.values import Caller, Conversation, Message, Participant, Profile, ReadMark
from palaver_runtime.ports import ListingPlace
from palaver_runtime.services import conversations, messages
from palaver_runtime.services.receipts import ReceiptService
from palaver_runtime.services.typing import TypingService
from palaver_wire.contract import WireModel


@mutant("matrix.conversation-update.http", "FORBIDDEN")
def takes_members_for_owners() -> None:
    """Whoever is in a conversation may change its name and its participants."""

    def anybody_inside(conversation: Conversation, user_id: str) -> None:
        require_participant(conversation.participant(user_id))

    conversations.require_owner = anybody_inside


@mutant("matrix.message-delete.http", "of what does not exist")
def tells_missing_messages_apart() -> None:
    """Those outside are told more of messages that exist, under the same code."""
    require_own_message = messages.require_own_message

    def talkative(message: Message | None, participant: Participant | None, user_id: str) -> Message:
        if message is not None and participant is None:
            raise NotFound("There is no such message for you")
        return require_own_message(message, participant, user_id)

    messages.require_own_message = talkative


@mutant("matrix.typing-start.socket", "typing")
def tells_typing_before_it_refuses() -> None:
    """Whether somebody is in the conversation is looked up when the others have been told."""
    start = TypingService.start

    async def hasty(self: TypingService, caller: Caller, conversation_id: str, connection_id: str) -> None:
        self._tell((conversation_id, caller.user_id), Profile(None, None), active=True)
        await start(self, caller, conversation_id, connection_id)

    TypingService.start = hasty


@mutant("negatives.message-edit.http", "VALIDATION_ERROR")
def accepts_unknown_fields() -> None:
    """Fields that the document does not have are dropped in silence; types and bounds are minded."""
    validate = WireModel.model_validate_json.__func__

    def open_minded(cls: type[WireModel], raw: str, **options: Any) -> WireModel:
        result: WireModel = validate(cls, raw, **{**options, "extra": "ignore"})
        return result

    WireModel.model_validate_json = classmethod(open_minded)


@mutant("negatives.message-sync.socket", "to name conversationId")
def names_no_fields() -> None:
    """A refusal says that something is wrong, and not what."""

    def taciturn(error: ValidationError) -> Invalid:
        return Invalid("The payload is invalid")

    _reading.invalid = taciturn


@mutant("negatives.conversation-create.http", "VALIDATION_ERROR")
def lists_people_twice() -> None:
    """Who is named twice counts once, whatever the document says."""

    def first(values: Sequence[str], field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(values))

    codec.distinct = first


@mutant("machine.talk.messages", "the content of what was edited")
def edits_only_once() -> None:
    """A message that was edited before keeps its content, and its sender is told that all went well."""
    with_content = Message.with_content

    def stubborn(self: Message, content: str, revision: int, at: datetime) -> Message:
        return with_content(self, self.content if self.edited else content, revision, at)

    Message.with_content = stubborn


@mutant("machine.talk.messages", "what is unread for")
def counts_what_was_edited_before_it_was_deleted() -> None:
    """A deleted message is not unread any more, unless it was edited before."""
    there, participants = tables.messages, tables.participants

    def unread() -> ScalarSelect[int]:
        return (
            select(func.count())
            .select_from(there)
            .where(
                there.c.conversation_id == participants.c.conversation_id,
                there.c.sequence > participants.c.read_sequence,
                there.c.sender_id != participants.c.user_id,
                or_(there.c.deleted_at.is_(None), there.c.edited),
            )
            .correlate(participants)
            .scalar_subquery()
        )

    receipts._unread = unread


@mutant("rest.conversation-list.drawn", "Server error")
def fails_at_foreign_letters() -> None:
    """A cursor is taken for plain letters, and what is none makes the server fail."""
    # The package has another module of that name in its place.
    routes = import_module("palaver_runtime.dialects.gateway.routes")
    place = routes.listing_place

    def plain(cursor: str) -> ListingPlace:
        cursor.encode("ascii")
        return place(cursor)

    routes.__dict__["listing_place"] = plain


@mutant("rest.receipt-unread.drawn", "Server error")
def cannot_count_where_nothing_was_said() -> None:
    """A conversation without a message has no read mark, and asking for it makes the server fail."""
    unread = ReceiptService.unread

    async def lost(self: ReceiptService, caller: Caller, conversation_id: str) -> ReadMark:
        async with self._store.reading() as tx:
            position = await tx.position(conversation_id)
            if position is None or position.sequence == 0:
                raise RuntimeError("there is no read mark")
        return await unread(self, caller, conversation_id)

    ReceiptService.unread = lost
