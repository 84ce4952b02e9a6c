"""The rows that it takes to send messages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from palaver_runtime.adapters.sql.sent_rows import COLUMNS, RECORDED, Reading, moved, recorded, stored
from palaver_runtime.adapters.sql.tables import messages
from palaver_runtime.domain.values import Attachment, Message, MessageKind, Participant, Position, Profile, Role
from palaver_runtime.ports import Advance, Asked, ClientKey, Ground

AT = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
MESSAGE = Message(
    id="m1",
    conversation_id="c1",
    sender_id="ann",
    content="hey",
    sequence=1,
    created_revision=2,
    revision=2,
    created_at=AT,
    updated_at=AT,
)


def test_columns_are_those_of_the_table() -> None:
    """All of them, in its order, in which statements take them."""
    assert tuple(each.name for each in messages.columns) == COLUMNS


def test_plain_message_has_empty_documents() -> None:
    """Without anything to write they are as if written."""
    row = dict(zip(COLUMNS, stored(MESSAGE), strict=True))
    assert (row["attachments"], row["metadata"]) == ("[]", "{}")
    assert row["created_at"] == row["updated_at"] == 1767323045678
    assert (row["edited"], row["deleted_at"], row["kind"]) == (False, None, "text")


def test_all_that_a_message_may_have_is_stored() -> None:
    """Each thing in its column."""
    later = AT + timedelta(seconds=1)
    message = Message(
        id="m2",
        conversation_id="c1",
        sender_id="ann",
        kind=MessageKind.IMAGE,
        content="",
        attachments=(Attachment(file_id="f1", label="Ä"), Attachment(file_id="f2")),
        metadata={"b": 1, "a": None},
        reply_to="m1",
        client_id="one",
        sequence=2,
        created_revision=3,
        revision=4,
        edited=True,
        created_at=AT,
        updated_at=later,
        deleted_at=later + timedelta(milliseconds=2),
    )
    assert stored(message) == (
        *("m2", "c1", "ann", "", r'[["f1","\u00c4"],["f2",null]]', '{"b":1,"a":null}', "m1", "one"),
        *(2, 3, 4, True, 1767323045678, 1767323046678, 1767323046680, "image"),
    )


def test_new_message_says_nothing_twice() -> None:
    """What its other columns hold follows from that it is new."""
    attachments = (Attachment(file_id="f1", label="a"), Attachment(file_id="f2"))
    full = replace(MESSAGE, attachments=attachments, metadata={"b": 1}, reply_to="m0", client_id="one")
    for each in (MESSAGE, replace(full, kind=MessageKind.IMAGE)):
        said, whole = recorded(each), dict(zip(COLUMNS, stored(each), strict=True))
        assert tuple(said) == RECORDED
        follows = {"revision": each.created_revision, "edited": False, "updated_at": said["created_at"]}
        assert {**said, **follows, "deleted_at": None} == whole


def test_conversations_move_on_from_where_they_were_read() -> None:
    """With the revision that was read, which nobody may have changed."""
    advance = Advance("c1", Position(revision=9, sequence=7), AT)
    assert moved([advance], {"c1": 5, "c2": 6}) == [("c1", 5, 9, 7, 1767323045678)]


def test_reading_is_of_what_was_found() -> None:
    """What is not there is left out; of what was sent before, that which has been forgotten meanwhile."""
    reading = Reading()
    reading.take("c1", "ann", "one", (3, 1, "owner", 1767323045678, "ann", "Ann", "m1"))
    reading.take("c1", "bob", "two", (3, 1, "member", 1767323045678, None, None, "m0"))
    reading.take("c1", "eve", None, (3, 1, None, None, None, None, None))
    reading.take("c0", "ann", None, (None, None, None, None, None, None, None))
    asked = [Asked("c1", "ann", "one", None), Asked("c1", "bob", "two", "m5")]
    assert reading.wanted(asked) == {"m0", "m1", "m5"}
    assert reading.revisions() == {"c1": 3}
    ann = Participant(user_id="ann", role=Role.OWNER, joined_at=AT, profile=Profile(name="ann", display_name="Ann"))
    assert reading.ground({"m1": MESSAGE}) == Ground(
        positions={"c1": Position(revision=3, sequence=1)},
        participants={
            ("c1", "ann"): ann,
            ("c1", "bob"): Participant(user_id="bob", role=Role.MEMBER, joined_at=AT),
        },
        repeated={ClientKey("c1", "ann", "one"): MESSAGE},
        messages={"m1": MESSAGE},
    )
