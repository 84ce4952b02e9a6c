"""Who may do what, switched off: by the authorisation matrix of each dialect, and for calls over gRPC."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module

from mutants.catalogue.messages import lets_non_members_send
from mutants.mutant import mutant

from palaver_runtime.dialects.aether import codec
from palaver_runtime.domain.values import Caller, ConversationSummary, Participant, Role
from palaver_runtime.services import messages, receipts, typing
from palaver_runtime.services.accounts import AccountService
from palaver_runtime.services.conversations import ConversationService
from palaver_wire.aether import models

_ANYBODY = Participant(user_id="", role=Role.MEMBER, joined_at=datetime.now(UTC))


def _admit(participant: Participant | None) -> Participant:
    return participant or _ANYBODY


@mutant("matrix.conversation-get.http", "FORBIDDEN, for the")
def shows_conversations_to_everybody() -> None:
    """Who knows the identifier of a conversation is told who is in it, and what it is called."""
    get = ConversationService.get

    async def as_a_member(self: ConversationService, caller: Caller, conversation_id: str) -> ConversationSummary:
        found = await self._store.read(lambda tx: tx.conversation(conversation_id))
        user_id = caller.user_id if found is None else found.participants[0].user_id
        return await get(self, replace(caller, user_id=user_id), conversation_id)

    ConversationService.get = as_a_member


@mutant("matrix.message-sync.socket", "FORBIDDEN, for the")
def synchronises_with_everybody() -> None:
    """Who knows the identifier of a conversation gets what was missed in it."""
    messages.require_participant = _admit


@mutant("matrix.message-history.http", "FORBIDDEN, for the", dialect="envelope")
def shows_rooms_to_everybody() -> None:
    """Who knows the identifier of a room reads what was said in it, and how much of it is unread."""
    synchronises_with_everybody.sabotage()
    takes_read_marks_of_everybody.sabotage()


@mutant("matrix.message-history.http", "FORBIDDEN, for the", dialect="social")
def shows_direct_messages_to_everybody() -> None:
    """Who knows the identifier of a conversation between two reads what they said."""
    synchronises_with_everybody.sabotage()


@mutant("matrix.receipt-mark.socket", "FORBIDDEN, for the", dialect="messenger")
def takes_read_marks_of_everybody() -> None:
    """Who knows the identifier of a conversation may say to have read it."""
    receipts.require_participant = _admit


@mutant("matrix.typing-start.socket", "FORBIDDEN, for the", dialect="social")
def tells_that_strangers_type() -> None:
    """Who knows the identifier of a conversation may be shown to type in it."""
    typing.require_participant = _admit


@mutant("matrix.message-send.socket", "FORBIDDEN, for the", dialect="messenger")
def lets_strangers_speak() -> None:
    """Sending asks nobody whether they are in the conversation."""
    lets_non_members_send.sabotage()


@mutant("matrix.message-send.socket", "FORBIDDEN, for the", dialect="envelope")
def lets_strangers_speak_by_frames() -> None:
    """Sending asks nobody whether they are in the room."""
    lets_non_members_send.sabotage()


@mutant("matrix.message-send.socket", ", for the ex-member", dialect="aether")
def lets_strangers_speak_in_rooms() -> None:
    """Sending asks nobody whether they are in the room, nor whether they have entered it."""
    import_module("palaver_runtime.dialects.aether.events").here = lambda member, room: codec.conversation_id(room)
    lets_non_members_send.sabotage()


@mutant("calls.send.non-member", "a refusal with FORBIDDEN", dialect="aether")
def lets_non_members_send_by_calls() -> None:
    """A call asks nobody whether they are in the room."""
    lets_non_members_send.sabotage()


@mutant("matrix.message-send.grpc", "UNAUTHORIZED, for the anonymous", dialect="aether")
def answers_calls_without_a_token() -> None:
    """Whoever calls without a token is taken for a guest."""
    authenticate = AccountService.authenticate

    async def lenient(self: AccountService, token: str | None) -> Caller:
        return await authenticate(self, token) if token else Caller(user_id="guest")

    AccountService.authenticate = lenient


@mutant("matrix.message-history.grpc", "FORBIDDEN, for the", dialect="aether")
def shows_rooms_to_all_who_call() -> None:
    """Who knows the identifier of a room reads by calls what was said in it."""
    synchronises_with_everybody.sabotage()


@mutant("calls.send.named", "a refusal with FORBIDDEN", dialect="aether")
def lets_callers_speak_for_others() -> None:
    """A call may name anybody as the one who calls."""
    # The package has something else of that name in its place.
    import_module("palaver_runtime.dialects.aether.calls")._require_self = lambda caller, user_id: None


@mutant("calls.request.refused", "a refusal with VALIDATION_ERROR", dialect="aether")
def carries_out_calls_that_the_document_forbids() -> None:
    """A call is held to what the .proto file can say, and to nothing else."""
    validate = models.SendMessageRequest.model_validate_json

    def lenient(raw: str | bytes, **options: bool) -> models.SendMessageRequest:
        given = json.loads(raw)
        request = validate(json.dumps({**given, "content": "fine"}), **options)
        return request.model_copy(update={"content": given["content"]})

    models.SendMessageRequest.model_validate_json = lenient
