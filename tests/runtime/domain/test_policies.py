"""Who may do what."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from palaver_runtime.domain.errors import ChatError, Conflict, Forbidden, NotFound
from palaver_runtime.domain.policies import (
    NOT_A_PARTICIPANT,
    require_admin,
    require_group,
    require_own_message,
    require_owner,
    require_participant,
    require_public,
    successor,
)
from palaver_runtime.domain.values import Caller, Conversation, ConversationType, Message, Participant, Role

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def person(user_id: str, role: Role = Role.MEMBER) -> Participant:
    """Give a participant."""
    return Participant(user_id=user_id, role=role, joined_at=NOW)


def conversation(*people: Participant, kind: ConversationType = ConversationType.GROUP) -> Conversation:
    """Give a conversation."""
    return Conversation(
        id="c1",
        type=kind,
        name=None,
        metadata={},
        created_by="ann",
        created_at=NOW,
        updated_at=NOW,
        active_at=NOW,
        revision=1,
        sequence=0,
        participants=people,
    )


ANN = person("ann", Role.OWNER)
GROUP = conversation(ANN, person("bob"), person("eve"))
MESSAGE = Message(
    id="m1",
    conversation_id="c1",
    sender_id="ann",
    content="x",
    sequence=1,
    created_revision=2,
    revision=2,
    created_at=NOW,
    updated_at=NOW,
)


def test_participants_alone_are_admitted() -> None:
    """Who is in passes, who is not is refused."""
    assert require_participant(ANN) is ANN
    with pytest.raises(Forbidden):
        require_participant(None)


def test_owner_alone_is_admitted() -> None:
    """The owner passes; members and strangers do not."""
    require_owner(GROUP, "ann")
    for user_id in ("bob", "zoe"):
        with pytest.raises(Forbidden):
            require_owner(GROUP, user_id)


def test_administrators_alone_are_admitted() -> None:
    """Who looks after the server passes, whoever owns what; nobody else does."""
    require_admin(Caller(user_id="zoe", admin=True))
    with pytest.raises(Forbidden):
        require_admin(Caller(user_id="ann"))


def test_private_conversations_are_not_for_everybody() -> None:
    """Into a public one everybody may come; a private one answers as if it were not there."""
    require_public(replace(GROUP, public=True))
    with pytest.raises(Forbidden, match=NOT_A_PARTICIPANT):
        require_public(GROUP)


def test_direct_conversations_stay_as_they_are() -> None:
    """A group can be changed, a direct conversation cannot."""
    require_group(GROUP)
    with pytest.raises(Conflict):
        require_group(conversation(ANN, person("bob"), kind=ConversationType.DIRECT))


@pytest.mark.parametrize(
    ("message", "participant", "user_id", "refusal"),
    [
        (None, ANN, "ann", NotFound),
        (MESSAGE, None, "ann", NotFound),
        (MESSAGE, None, "zoe", NotFound),
        (MESSAGE.erased(3, NOW), ANN, "ann", NotFound),
        (MESSAGE.erased(3, NOW), person("bob"), "bob", NotFound),
        (MESSAGE, person("bob"), "bob", Forbidden),
    ],
)
def test_messages_are_their_senders(
    message: Message | None, participant: Participant | None, user_id: str, refusal: type[ChatError]
) -> None:
    """The sender who is still there passes; outsiders learn nothing, other members that it is not theirs."""
    assert require_own_message(MESSAGE, ANN, "ann") is MESSAGE
    with pytest.raises(refusal):
        require_own_message(message, participant, user_id)


def test_longest_standing_other_succeeds_the_owner() -> None:
    """When the owner goes the next in order follows; nobody when a member or a stranger goes, or none is left."""
    heir = successor(GROUP, "ann")
    assert heir is not None
    assert heir.user_id == "bob"
    assert successor(GROUP, "bob") is None
    assert successor(GROUP, "zoe") is None
    assert successor(conversation(ANN), "ann") is None
    late = conversation(person("bob"), ANN, person("eve"))
    heir = successor(late, "ann")
    assert heir is not None
    assert heir.user_id == "bob"
