"""Who may do what. Pure decisions over facts that the caller has read within its transaction."""

from typing import Protocol, TypeVar

from palaver_runtime.domain.errors import Conflict, Forbidden, NotFound
from palaver_runtime.domain.values import Caller, Conversation, ConversationType, Message, Participant, Role

NOT_A_PARTICIPANT = "You are not a participant of this conversation"


class OfConversation(Protocol):
    """What is in one conversation."""

    @property
    def conversation_id(self) -> str:
        """Name the conversation."""


T = TypeVar("T")
M = TypeVar("M", bound=OfConversation)


def require_participant(found: T | None) -> T:
    """Admit participants only, given what is found for nobody else.

    A missing conversation answers the same, so that none can be discovered.
    """
    if found is None:
        raise Forbidden(NOT_A_PARTICIPANT)
    return found


def require_owner(conversation: Conversation, user_id: str) -> None:
    """Admit the owner only."""
    participant = require_participant(conversation.participant(user_id))
    if participant.role is not Role.OWNER:
        raise Forbidden("Only the owner of the conversation may do this")


def require_admin(caller: Caller) -> None:
    """Admit those who look after the server."""
    if not caller.admin:
        raise Forbidden("Only an administrator may do this")


def require_public(conversation: Conversation) -> None:
    """Let nobody come by themselves into a conversation that is not public."""
    if not conversation.public:
        raise Forbidden(NOT_A_PARTICIPANT)


def require_group(conversation: Conversation) -> None:
    """Keep direct conversations as they are."""
    if conversation.type is ConversationType.DIRECT:
        raise Conflict("A direct conversation always has the same two participants and no name")


def require_message_of(conversation_id: str, message: M | None) -> M:
    """Admit messages of a conversation only, deleted ones included: they still have their place."""
    if message is None or message.conversation_id != conversation_id:
        raise NotFound("There is no such message in this conversation")
    return message


def require_own_message(message: Message | None, participant: Participant | None, user_id: str) -> Message:
    """Admit the sender only, while the message is there and the sender still participates.

    Somebody outside the conversation learns no more than that there is no such message.
    """
    if message is None or participant is None or message.deleted:
        raise NotFound("There is no such message")
    if message.sender_id != user_id:
        raise Forbidden("Only the sender of a message may change it")
    return message


def successor(conversation: Conversation, leaving: str) -> Participant | None:
    """Name who becomes the owner when `leaving` goes: the longest-standing other, or None if no change is due."""
    going = conversation.participant(leaving)
    if going is None or going.role is not Role.OWNER:
        return None
    return next((each for each in conversation.participants if each.user_id != leaving), None)
