"""Values."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta

import pytest

from palaver_runtime.domain.values import (
    Attachment,
    Conversation,
    ConversationType,
    Message,
    Participant,
    Role,
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


def test_values_cannot_be_changed() -> None:
    """What was handed out stays as it is."""
    with pytest.raises(FrozenInstanceError):
        MESSAGE.content = "other"  # type: ignore[misc]
