"""How somebody comes into a conversation and goes out of it; the caller has locked it, and publishes the changes."""

from dataclasses import replace
from datetime import datetime, timedelta

from palaver_runtime.domain.errors import Conflict, NotFound
from palaver_runtime.domain.events import Change, ConversationUpdated, ParticipantAdded, ParticipantRemoved
from palaver_runtime.domain.policies import successor
from palaver_runtime.domain.values import Conversation, Participant, Role
from palaver_runtime.ports import Writer
from palaver_runtime.services.capacity import Capacity

ANY = Capacity()

_MILLISECOND = timedelta(milliseconds=1)


async def enter(
    tx: Writer, conversation: Conversation, user_id: str, at: datetime, capacity: Capacity = ANY
) -> ParticipantAdded:
    """Make a user the last of the participants, with nothing unread, at a moment that is after the creation.

    Who comes into a conversation that everybody has left becomes its owner, anybody else a member.

    Raises NotFound for nobody, Conflict for a participant and when there are too many by `capacity`.
    """
    user = await tx.user(user_id)
    if user is None:
        raise NotFound("There is no such user")
    capacity.require_members(len(conversation.participants) + 1)
    # Those who were there from the beginning are known by that moment, in which a room is also joined by others.
    at = max(at, conversation.created_at + _MILLISECOND)
    participant = Participant(
        user_id=user_id,
        role=Role.MEMBER if conversation.participants else Role.OWNER,
        joined_at=at,
        profile=user.profile,
    )
    if not await tx.add_participant(
        conversation.id,
        participant,
        read_sequence=conversation.sequence,
        # The one that is taken below: the conversation is locked.
        joined_revision=conversation.revision + 1,
    ):
        raise Conflict("The user is a participant already")
    revision = await tx.advance(conversation.id)
    change = ParticipantAdded(
        conversation_id=conversation.id,
        revision=revision,
        conversation=replace(
            conversation,
            revision=revision,
            participants=(*conversation.participants, participant),
        ),
        user_id=user_id,
        profile=participant.profile,
        at=at,
    )
    await tx.record(change)
    return change


async def depart(tx: Writer, conversation: Conversation, user_id: str, at: datetime) -> tuple[Change, ...]:
    """Take a user out; if it is the owner, the longest-standing participant becomes the owner.

    Raises NotFound for somebody who is not there.
    """
    going = conversation.participant(user_id)
    if going is None or not await tx.remove_participant(conversation.id, user_id):
        raise NotFound("There is no such participant")
    revision = await tx.advance(conversation.id)
    changes: list[Change] = [
        ParticipantRemoved(
            conversation_id=conversation.id, revision=revision, user_id=user_id, profile=going.profile, at=at
        )
    ]
    heir = successor(conversation, user_id)
    if heir is not None:
        await tx.set_role(conversation.id, heir.user_id, Role.OWNER)
        revision = await tx.advance(conversation.id)
        changed = await tx.conversation(conversation.id)
        if changed is None:
            raise RuntimeError("a conversation vanished while it was locked")
        changes.append(ConversationUpdated(conversation_id=conversation.id, revision=revision, conversation=changed))
    for change in changes:
        await tx.record(change)
    return tuple(changes)
