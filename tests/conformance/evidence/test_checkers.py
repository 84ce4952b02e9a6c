"""Each checker passes a clean trace and finds exactly the fault that it is for."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from palaver_conformance.evidence.checkers import CHECKERS, judge
from palaver_conformance.evidence.chronicle import (
    Acknowledged,
    Caught,
    Chronicle,
    Counted,
    Departed,
    Entered,
    Entry,
    Fresh,
    Message,
    Received,
    Sent,
)

ROOM = "room"
FIRST = Message("m1", ROOM, "alice", "one", "a-1", 1, 1)
SECOND = Message("m2", ROOM, "bob", "two", "b-1", 2, 2)
THIRD = Message("m3", ROOM, "alice", "three", "a-2", 3, 3)
EDITED = replace(FIRST, content="one, edited", revision=4)
GONE = replace(SECOND, content="", revision=5, deleted=True)
LAST = Message("m4", ROOM, "alice", "four", "a-3", 4, 6)


def clean() -> list[Entry]:
    """Return a trace in which alice, bob and carol talk, carol is away for a while, and a visitor is removed."""
    entries: list[Entry] = [Entered(user, ROOM) for user in ("alice", "bob", "carol", "visitor")]
    entries += _sent(FIRST, "alice/1", "bob/1", "carol/1", "visitor/1")
    entries += _sent(SECOND, "alice/1", "bob/1", "visitor/1")
    entries.append(Departed("visitor", ROOM))
    entries += _sent(THIRD, "alice/1", "bob/1")
    entries += [_heard(each, "edited", EDITED) for each in ("alice/1", "bob/1")]
    entries.append(Caught("carol", "carol/2", (SECOND, THIRD, EDITED)))
    entries += [_heard(each, "deleted", GONE) for each in ("alice/1", "bob/1", "carol/2")]
    entries += _sent(LAST, "alice/1", "bob/1", "carol/2")
    for user, read, unread in (("alice", 0, 0), ("bob", 3, 1), ("carol", 1, 2)):
        entries += [Fresh(user, ROOM, (EDITED, GONE, THIRD, LAST)), Counted(user, ROOM, unread, read)]
    return entries


def _sent(message: Message, *connections: str) -> list[Entry]:
    assert message.sender is not None
    assert message.client_id is not None
    return [
        Sent(message.sender, ROOM, message.client_id),
        *(_heard(each, "created", message) for each in connections),
        Acknowledged(message.sender, message.client_id, message),
    ]


def _heard(connection: str, kind: str, message: Message) -> Received:
    return Received(connection.partition("/")[0], connection, kind, message)  # type: ignore[arg-type]


def _without(*gone: Entry) -> list[Entry]:
    entries = clean()
    for each in gone:
        entries.remove(each)
    return entries


def _with(entry: Entry, after: Entry) -> list[Entry]:
    entries = clean()
    entries.insert(entries.index(after) + 1, entry)
    return entries


def _swapped(one: Entry, other: Entry) -> list[Entry]:
    entries = clean()
    first, second = entries.index(one), entries.index(other)
    entries[first], entries[second] = other, one
    return entries


def _fresh(*messages: Message) -> list[Entry]:
    return [replace(each, messages=messages) if isinstance(each, Fresh) else each for each in clean()]


def lost_on_the_way() -> list[Entry]:
    """Bob never receives the last message, of which he is to be told."""
    return _without(_heard("bob/1", "created", LAST))


def lost_in_the_store() -> list[Entry]:
    """The last message was acknowledged and is not there afterwards."""
    return _fresh(EDITED, GONE, THIRD)


def received_twice() -> list[Entry]:
    """Bob receives an edit twice."""
    return _with(_heard("bob/1", "edited", EDITED), _heard("bob/1", "edited", EDITED))


def stored_twice() -> list[Entry]:
    """What alice repeated was stored as another message."""
    return _fresh(EDITED, GONE, THIRD, LAST, replace(LAST, id="m5", sequence=5))


def acknowledged_as_two() -> list[Entry]:
    """A repetition was acknowledged with another id."""
    return [*clean(), Acknowledged("alice", "a-3", replace(LAST, id="m5"))]


def disagreeing() -> list[Entry]:
    """Bob hears of the edit after the deletion, alice before."""
    return _swapped(_heard("bob/1", "edited", EDITED), _heard("bob/1", "deleted", GONE))


def against_the_history() -> list[Entry]:
    """All receivers agree on an order that is not that of the history."""
    entries = clean()
    for name in ("alice/1", "bob/1"):
        one, other = (entries.index(_heard(name, "created", each)) for each in (SECOND, THIRD))
        entries[one], entries[other] = entries[other], entries[one]
    return entries


def out_of_turn() -> list[Entry]:
    """What alice sent first became the third message, and what she sent second the first."""
    ids = {"m1": "a-2", "m3": "a-1"}
    return [
        replace(each, client_id=ids.get(each.message.id, each.client_id)) if isinstance(each, Acknowledged) else each
        for each in clean()
    ]


def hole_in_the_sequence() -> list[Entry]:
    """The history goes from 3 to 5."""
    return _fresh(EDITED, GONE, THIRD, replace(LAST, sequence=5))


def skipped_on_a_connection() -> list[Entry]:
    """Bob's connection skips a message that he catches up on later."""
    entries = _without(_heard("bob/1", "created", THIRD))
    return [*entries, Caught("bob", "bob/2", (THIRD,))]


def told_to_an_ex_member() -> list[Entry]:
    """The visitor receives what was sent after they were removed."""
    return _with(_heard("visitor/1", "created", THIRD), _heard("bob/1", "created", THIRD))


def told_to_a_stranger() -> list[Entry]:
    """Somebody who never was a member hears of an edit."""
    return _with(_heard("mallory/1", "edited", EDITED), _heard("bob/1", "edited", EDITED))


def caught_by_a_stranger() -> list[Entry]:
    """Somebody who never was a member reads."""
    return [*clean(), Caught("mallory", "mallory/1", (FIRST,))]


def miscounted() -> list[Entry]:
    """Bob has one unread message and is told of two."""
    return [replace(each, unread=2) if each == Counted("bob", ROOM, 1, 3) else each for each in clean()]


def edit_not_told() -> list[Entry]:
    """Carol caught up, and still has the text from before the edit."""
    entries = clean()
    place = entries.index(Caught("carol", "carol/2", (SECOND, THIRD, EDITED)))
    entries[place] = Caught("carol", "carol/2", (SECOND, THIRD))
    return entries


def deletion_not_told() -> list[Entry]:
    """Bob never hears of the deletion."""
    return _without(_heard("bob/1", "deleted", GONE))


FAULTS: list[tuple[str, Callable[[], list[Entry]]]] = [
    ("lost", lost_on_the_way),
    ("lost", lost_in_the_store),
    ("duplicate", received_twice),
    ("duplicate", stored_twice),
    ("duplicate", acknowledged_as_two),
    ("order", disagreeing),
    ("order", against_the_history),
    ("sender", out_of_turn),
    ("gap", hole_in_the_sequence),
    ("gap", skipped_on_a_connection),
    ("leak", told_to_an_ex_member),
    ("leak", told_to_a_stranger),
    ("leak", caught_by_a_stranger),
    ("unread", miscounted),
    ("snapshot", edit_not_told),
    ("snapshot", deletion_not_told),
]
# Some faults cannot be had alone.
ALSO = {
    "lost_in_the_store": {"snapshot", "unread"},
    "acknowledged_as_two": {"lost"},
    "stored_twice": {"unread"},
}


def test_clean_trace_has_no_findings() -> None:
    """Being away and catching up, edits, deletions, a visitor who is removed: none of it is a fault."""
    assert judge(Chronicle(clean())) == {name: [] for name in CHECKERS}


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_fault_is_found_by_its_checker(name: str, fault: Callable[[], list[Entry]]) -> None:
    """The checker finds the fault that is its own; the others find nothing, but for what follows from it."""
    found = {checker for checker, findings in judge(Chronicle(fault())).items() if findings}
    assert name in found
    assert found <= {name} | ALSO.get(fault.__name__, set())


def test_every_checker_has_a_fault() -> None:
    """No checker goes untried."""
    assert {name for name, _ in FAULTS} == set(CHECKERS)


def test_finding_names_who_and_what() -> None:
    """A finding can be acted on."""
    (finding, *_) = judge(Chronicle(lost_on_the_way()))["lost"]
    assert str(finding) == "lost: message m4 ('a-3' of alice) was acknowledged, and never reached bob"


def test_coming_back_is_no_leak() -> None:
    """Who was removed and added again may receive what is sent from then on, and read what was before."""
    entries = clean()
    place = entries.index(Sent("alice", ROOM, "a-3"))
    entries[place:place] = [Entered("visitor", ROOM), Caught("visitor", "visitor/1", (THIRD,))]
    entries.append(_heard("visitor/1", "created", LAST))
    assert judge(Chronicle(entries)) == {name: [] for name in CHECKERS}


def test_servers_without_sequence_and_revision_are_judged() -> None:
    """Where the documents have neither, order and loss are still seen, and nothing is found that is not there."""
    bare = [
        replace(
            each,
            message=replace(each.message, sequence=None, revision=None),
        )
        if isinstance(each, Received | Acknowledged)
        else each
        for each in clean()
        if not isinstance(each, Counted | Caught | Fresh)
    ]
    assert judge(Chronicle(bare)) == {name: [] for name in CHECKERS}
