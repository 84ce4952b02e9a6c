"""What is known of conversations from the batches before."""

from dataclasses import replace
from datetime import UTC, datetime

from palaver_runtime.adapters.sql.recollection import BREACH, LONG, TRUST, Recollection
from palaver_runtime.domain.values import Participant, Position, Profile, Role
from palaver_runtime.ports import Advance, Asked, Ground

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Give the seconds that have passed."""
        return self.now


def asked(conversation_id: str, user_id: str) -> Asked:
    """Ask for a message."""
    return Asked(conversation_id, user_id, None, None)


def there(user_id: str, role: Role = Role.MEMBER) -> Participant:
    """Give somebody who is in a conversation."""
    return Participant(user_id=user_id, role=role, joined_at=NOW, profile=Profile(name=user_id, display_name=None))


def read(revision: int, **people: str) -> Ground:
    """Give what is read of conversations, each with who is in it, all of them at a revision."""
    return Ground(
        positions={each: Position(revision=revision, sequence=revision) for each in people},
        participants={(each, user_id): there(user_id) for each, users in people.items() for user_id in users.split()},
        repeated={},
        messages={},
    )


def sent(known: Recollection, revision: int, **people: str) -> None:
    """Send to conversations as if all of them were read, each of which has a revision then."""
    those = [asked(each, user_id) for each, users in people.items() for user_id in users.split()]
    recalled = known.of(those)
    recalled.completed(read(revision - 1, **people))
    to = [Advance(each, Position(revision=revision, sequence=revision), NOW) for each in people]
    recalled.leave(to)
    recalled.arrive(to)


def unread(known: Recollection, *those: Asked) -> list[Asked]:
    """Give what of those would be read."""
    return known.of(those).unread


def settled(known: Recollection, **people: str) -> None:
    """Send until it is known that nobody else does, which is at the second revision."""
    sent(known, 1, **people)
    sent(known, 2, **people)


def test_what_was_left_as_it_is_need_not_be_read() -> None:
    """Once that it was so has been seen; then it is given, and where the last message has left it."""
    known, ann = Recollection(), asked("c1", "ann")
    assert unread(known, ann) == [ann]
    sent(known, 1, c1="ann")
    assert unread(known, ann) == [ann]
    sent(known, 2, c1="ann")
    for revision in (2, 3):
        recalled = known.of([ann])
        assert (recalled.unread, recalled.trusting) == ([], True)
        assert recalled.completed(read(0)) == read(revision, c1="ann")
        assert recalled.revisions == {"c1": revision}
        recalled.arrive([Advance("c1", Position(revision=revision + 1, sequence=revision + 1), NOW)])


def test_where_others_send_too_all_is_read() -> None:
    """Whoever finds another revision than was left there does not trust that the next one is as it is left."""
    known, ann = Recollection(), asked("c1", "ann")
    sent(known, 1, c1="ann")
    sent(known, 5, c1="ann")
    assert unread(known, ann) == [ann]
    sent(known, 6, c1="ann")
    assert unread(known, ann) == []


def test_who_is_not_known_is_read_and_so_is_all_of_the_conversation() -> None:
    """What is known of other conversations is not; all of it is given together."""
    known = Recollection()
    settled(known, c1="ann", c2="bob")
    recalled = known.of([asked("c1", "ann"), asked("c2", "bob"), asked("c1", "eve"), asked("c1", "ann")])
    assert recalled.unread == [asked("c1", "ann"), asked("c1", "eve"), asked("c1", "ann")]
    assert recalled.trusting
    assert recalled.completed(read(2, c1="ann eve")) == read(2, c1="ann eve", c2="bob")
    assert recalled.revisions == {"c1": 2, "c2": 2}
    assert unread(known, asked("c1", "ann"), asked("c1", "eve")) == []


def test_who_was_there_at_another_revision_is_not_known() -> None:
    """Of a conversation that has changed nothing is known but what is read then."""
    known, ann, bob = Recollection(), asked("c1", "ann"), asked("c1", "bob")
    settled(known, c1="ann bob")
    sent(known, 9, c1="eve")
    sent(known, 10, c1="eve")
    assert unread(known, asked("c1", "eve")) == []
    assert unread(known, ann, bob) == [ann, bob]


def test_who_is_not_there_is_always_looked_for() -> None:
    """And nothing is known of a conversation that there is not."""
    known, ann = Recollection(), asked("c1", "ann")
    for _ in range(3):
        recalled = known.of([ann])
        assert recalled.unread == [ann]
        assert recalled.completed(read(1, c1="bob")) == read(1, c1="bob")
        gone = known.of([asked("c9", "ann")])
        assert gone.completed(read(0)) == read(0)
        assert (gone.revisions, gone.trusting) == ({}, False)


def test_reply_that_may_have_been_sent_before_is_read() -> None:
    """It is the message of before, whatever it replies to now; whether it is one is not known before it is added."""
    known = Recollection()
    settled(known, c1="ann", c2="ann")
    asked_again = Asked("c1", "ann", "one", "m1")
    assert unread(known, asked_again, asked("c2", "ann"), asked("c1", "ann")) == [asked_again, asked("c1", "ann")]
    assert unread(known, Asked("c1", "ann", "one", None), Asked("c1", "ann", None, "m1")) == []


def test_nothing_is_known_of_what_is_being_changed() -> None:
    """Whether it has been may never be known."""
    known, ann = Recollection(), asked("c1", "ann")
    settled(known, c1="ann")
    recalled = known.of([ann])
    recalled.completed(read(0))
    recalled.leave([Advance("c1", Position(revision=3, sequence=3), NOW)])
    assert unread(known, ann) == [ann]
    sent(known, 4, c1="ann")
    assert unread(known, ann) == [ann]


def test_doubt_ends_where_all_is_found_as_it_was_left() -> None:
    """One of several conversations was changed by others: of all, that one alone is not trusted from then on."""
    known = Recollection()
    settled(known, c1="ann", c2="ann")
    those = [asked("c1", "ann"), asked("c2", "ann")]
    recalled = known.of(those)
    recalled.completed(read(0))
    recalled.leave([Advance(each.conversation_id, Position(revision=3, sequence=3), NOW) for each in those])
    recalled.doubt()
    assert unread(known, *those) == those
    sent(known, 3, c1="ann")
    sent(known, 8, c2="ann")
    assert unread(known, *those) == [asked("c2", "ann")]


def test_nothing_is_trusted_where_much_changes() -> None:
    """In a batch of many there is mostly one that others have sent to: all is read, until that is seen to be rare."""
    known, ann = Recollection(), asked("c1", "ann")
    settled(known, c1="ann")
    for _ in range(TRUST // BREACH):
        assert unread(known, ann) == []
        known.went(well=False)
    revision = 2
    for _ in range(3):  # of which no more is to be made up for than this once
        assert unread(known, ann) == [ann]
        known.went(well=False)
    reads = 0
    while unread(known, ann):
        reads, revision = reads + 1, revision + 1
        sent(known, revision, c1="ann")
    assert reads == TRUST + 1


def test_what_is_read_shows_whether_it_would_have_gone_well() -> None:
    """One that has changed is one too many; of those that were not to be trusted anyway it says nothing."""
    known, ann = Recollection(), asked("c1", "ann")
    settled(known, c1="ann", c2="ann")
    for _ in range(TRUST // BREACH):
        known.went(well=False)
    some = replace(read(2, c1="ann", c2="ann"), positions={**read(2, c1="").positions, **read(7, c2="").positions})
    known.of([ann, asked("c2", "ann")]).completed(some)
    known.of([asked("c3", "ann")]).completed(read(1, c3="ann"))
    known.of([asked("c2", "ann")]).completed(read(9, c2="ann"))
    reads = 0
    while unread(known, ann):
        reads += 1
        known.of([ann]).completed(read(2, c1="ann"))
    assert reads == BREACH + 1


def test_trust_comes_back_with_what_goes_well() -> None:
    """Also where something is not as it was left now and then."""
    known, ann = Recollection(), asked("c1", "ann")
    settled(known, c1="ann")
    for _ in range(10):
        known.went(well=False)
        for _ in range(BREACH):
            recalled = known.of([ann])
            assert recalled.unread == []
            recalled.arrive([Advance("c1", Position(revision=3, sequence=3), NOW)])


def test_all_is_read_again_after_a_while() -> None:
    """Whoever has changed the database by hand has taken no revision."""
    clock = Clock()
    known, ann = Recollection(now=clock), asked("c1", "ann")
    settled(known, c1="ann")
    clock.now += LONG - 1
    assert unread(known, ann) == []
    clock.now += 1
    assert unread(known, ann) == [ann]
    recalled = known.of([ann])
    assert recalled.completed(read(2, c1="bob")) == read(2, c1="bob")
    assert unread(known, ann) == [ann]
    assert unread(known, asked("c1", "bob")) == []


def test_what_was_there_last_is_kept() -> None:
    """Of more than so many conversations and participants the others are forgotten."""
    known = Recollection(most=5)
    settled(known, c1="ann", c2="bob")
    settled(known, c3="eve")
    assert [unread(known, each) for each in (asked("c1", "ann"), asked("c2", "bob"))] == [[asked("c1", "ann")], []]
    settled(known, c4="ann bob eve zoe")
    assert unread(known, asked("c3", "eve")) == [asked("c3", "eve")]
    assert unread(known, asked("c4", "zoe")) == []


def test_all_can_be_forgotten() -> None:
    """And be known again."""
    known, ann = Recollection(most=4), asked("c1", "ann")
    settled(known, c1="ann")
    known.clear()
    assert unread(known, ann) == [ann]
    settled(known, c1="ann", c2="ann")
    assert unread(known, ann, asked("c2", "ann")) == []
