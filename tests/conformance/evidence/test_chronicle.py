"""What everybody did and received."""

from samples import facts

from palaver_conformance.evidence.chronicle import Chronicle, Departed, Entered, Message, Received, Sent, members


def test_message_is_read_from_canonical_facts() -> None:
    """What the documents have is taken, what they lack is None, a sender may be an entity."""
    full = facts(
        id="1",
        conversation="r",
        sender=facts(id="a"),
        content="hi",
        client_id="c",
        sequence=3,
        revision=4,
        deleted=True,
    )
    assert Message.of(full) == Message("1", "r", "a", "hi", "c", 3, 4, deleted=True)
    assert Message.of(facts(id="1")) == Message("1", "")
    assert Message.of(facts(id="1", sequence=True)).sequence is None
    assert Message.of(facts(id="1"), "r").conversation == "r"
    assert Message.of(full, "elsewhere").conversation == "r"


def test_event_tells_of_a_message() -> None:
    """An event holds the message or is about it; a deletion says only which one is gone."""
    inner = facts(id="1", conversation="r", content="hi", sequence=3, revision=4)
    assert Message.told("created", facts(message=inner)) == Message.of(inner)
    assert Message.told("edited", inner) == Message.of(inner)
    assert Message.told("deleted", inner) == Message("1", "r", sequence=3, revision=4, deleted=True)


def test_entry_is_retracted_alone() -> None:
    """Of two entries that are alike the one that is meant goes."""
    first, second = Entered("a", "r"), Entered("a", "r")
    chronicle = Chronicle([first, Departed("a", "r"), second])
    chronicle.retract(second)
    assert chronicle.entries == [first, Departed("a", "r")]


def test_streams_keep_connections_and_conversations_apart() -> None:
    """What arrived live is listed by connection and conversation, in order."""
    chronicle = Chronicle()
    heard = [
        Received("a", f"a/{c}", "created", Message(i, r)) for i, c, r in [("1", 1, "r"), ("2", 1, "s"), ("3", 2, "r")]
    ]
    for each in (heard[0], Sent("a", "r", "c"), *heard[1:]):
        chronicle.add(each)
    assert chronicle.streams() == {("a/1", "r"): [heard[0]], ("a/1", "s"): [heard[1]], ("a/2", "r"): [heard[2]]}
    assert list(chronicle.all(Sent)) == [Sent("a", "r", "c")]


def test_stretches_of_membership() -> None:
    """Membership lasts from entering to leaving, or to the end; other conversations do not matter."""
    entries = [Entered("a", "r"), Entered("b", "r"), Departed("b", "r"), Departed("a", "s"), Entered("b", "r")]
    assert members(entries, "r") == {"a": [(0, 5)], "b": [(1, 2), (4, 5)]}
    assert members(entries, "nowhere") == {}
