"""The order of one conversation's changes."""

import random

from hypothesis import given
from hypothesis import strategies as st

from palaver_runtime.delivery.sequencer import MAX_HELD, Gap, Sequencer
from palaver_runtime.domain.events import Superseded


def change(revision: int) -> Superseded:
    """Make a change that is nothing but its number."""
    return Superseded(conversation_id="c", revision=revision)


def revisions(changes: list[object]) -> list[int]:
    """Give the numbers of changes."""
    return [each.revision for each in changes if isinstance(each, Superseded)]


def opened(revision: int) -> Sequencer:
    """Make a sequencer that stands at a revision."""
    sequencer = Sequencer()
    assert sequencer.open(revision) == []
    return sequencer


def test_the_next_change_goes_out_at_once() -> None:
    """A change that follows the last one is delivered and leaves no gap."""
    sequencer = opened(4)
    assert revisions(sequencer.offer(change(5))) == [5]
    assert sequencer.gap is None
    assert sequencer.revision == 5


def test_an_earlier_change_is_a_duplicate() -> None:
    """What was delivered is not delivered again."""
    sequencer = opened(4)
    sequencer.offer(change(5))
    assert sequencer.offer(change(5)) == []
    assert sequencer.offer(change(3)) == []


def test_a_later_change_waits_for_what_is_missing() -> None:
    """A gap is named exactly, and filling it releases what was held, in order."""
    sequencer = opened(4)
    assert sequencer.offer(change(7)) == []
    assert sequencer.gap == Gap(4, 7)
    assert revisions(sequencer.fill([change(5), change(6)])) == [5, 6, 7]
    assert sequencer.gap is None


def test_nothing_goes_out_before_it_is_known_where_the_conversation_stands() -> None:
    """Until it is opened a sequencer holds everything, and then starts before the first that it holds."""
    sequencer = Sequencer()
    assert sequencer.offer(change(9)) == []
    assert sequencer.gap is None
    assert revisions(sequencer.open(11)) == [9]
    assert sequencer.gap == Gap(9, 11)


def test_opening_again_only_tells_of_later_revisions() -> None:
    """A second opening never moves back or skips: it may only show that something is missing."""
    sequencer = opened(4)
    assert sequencer.open(2) == []
    assert sequencer.revision == 4
    assert sequencer.open(6) == []
    assert sequencer.gap == Gap(4, 6)


def test_what_is_held_is_bounded_and_found_again_in_the_store() -> None:
    """Beyond the bound changes are dropped, not forgotten: the gap still ends at the highest."""
    sequencer = opened(0)
    highest = MAX_HELD + 50
    for revision in range(2, highest + 1):
        assert sequencer.offer(change(revision)) == []
    assert sequencer.gap == Gap(0, highest)
    assert len(sequencer._held) == MAX_HELD
    assert revisions(sequencer.fill(change(each) for each in range(1, highest + 1))) == list(range(1, highest + 1))


@given(
    start=st.integers(0, 5),
    count=st.integers(1, 40),
    seed=st.integers(0, 2**32),
    loss=st.floats(0, 0.9),
    open_at=st.integers(0, 60),
)
def test_every_change_goes_out_once_and_in_order_whatever_the_bus_does(
    start: int, count: int, seed: int, loss: float, open_at: int
) -> None:
    """Shuffled, repeated and lost changes, with gaps read from the store, come out as 1, 2, 3, …"""
    chance = random.Random(seed)
    store = {revision: change(revision) for revision in range(start + 1, start + count + 1)}
    traffic = [each for each in store.values() for _ in range(chance.randint(1, 3)) if chance.random() >= loss]
    chance.shuffle(traffic)
    sequencer = Sequencer()
    delivered: list[int] = []
    for number, each in enumerate(traffic):
        if number == open_at:
            delivered += revisions(sequencer.open(start))
        delivered += revisions(sequencer.offer(each))
        if chance.random() < 0.3 and (gap := sequencer.gap) is not None:
            delivered += revisions(sequencer.fill(store[each] for each in range(gap.after + 1, gap.until + 1)))
    delivered += revisions(sequencer.open(start + count if sequencer.revision is not None else start))
    delivered += revisions(sequencer.open(start + count))
    while (gap := sequencer.gap) is not None:
        delivered += revisions(sequencer.fill(store[each] for each in range(gap.after + 1, gap.until + 1)))
    assert delivered == list(range(start + 1, start + count + 1))
