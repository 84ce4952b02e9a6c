"""Values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from palaver_runtime.domain.values import (
    UNNAMED,
    Attachment,
    Conversation,
    ConversationType,
    Message,
    MessageKind,
    Participant,
    Profile,
    Role,
    User,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
MESSAGE = Message(
    id="m1",
    conversation_id="c1",
    sender_id="ann",
    content="secret",
    attachments=(Attachment(file_id="f1"),),
    metadata={"secret": True},
    reply_to="m0",
    client_id="k1",
    kind=MessageKind.IMAGE,
    sender=Profile(name="ann", display_name="Ann"),
    sequence=1,
    created_revision=2,
    revision=2,
    created_at=NOW,
    updated_at=NOW,
)


def test_edit_replaces_the_content() -> None:
    """An edit changes content, mark, revision and time, and nothing else."""
    edited = MESSAGE.with_content("new", 5, LATER)
    assert edited == replace(MESSAGE, content="new", edited=True, revision=5, updated_at=LATER)
    assert not edited.deleted


def test_deletion_leaves_the_place_alone() -> None:
    """Nothing of what was said is left; place, sender and retry key are."""
    erased = MESSAGE.erased(5, LATER)
    assert erased.deleted
    assert (erased.content, erased.attachments, erased.metadata) == ("", (), {})
    assert (erased.deleted_at, erased.updated_at, erased.revision) == (LATER, LATER, 5)
    assert (erased.id, erased.sequence, erased.created_revision, erased.client_id) == ("m1", 1, 2, "k1")
    assert (erased.kind, erased.sender) == (MESSAGE.kind, MESSAGE.sender)
    assert not MESSAGE.deleted


def test_participant_is_found_by_user() -> None:
    """A conversation knows who is in it."""
    ann = Participant(user_id="ann", role=Role.OWNER, joined_at=NOW)
    conversation = Conversation(
        id="c1",
        type=ConversationType.GROUP,
        name=None,
        metadata={},
        created_by="ann",
        created_at=NOW,
        updated_at=NOW,
        active_at=NOW,
        revision=1,
        sequence=0,
        participants=(ann,),
    )
    assert conversation.participant("ann") is ann
    assert conversation.participant("bob") is None


def test_profile_of_a_user_is_how_the_user_is_called() -> None:
    """Both names, as far as there are any."""
    user = User(id="u1", name="ann", display_name="Ann", created_at=NOW)
    assert user.profile == Profile(name="ann", display_name="Ann")
    assert User(id="u1", created_at=NOW).profile == UNNAMED
