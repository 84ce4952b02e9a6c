"""In which order scenarios begin."""

import pytest
from samples import scenario

from palaver_conformance.running.programme import Programme
from palaver_conformance.scenario import BUSY, RANDOM, Scenario

PLAIN = [scenario(f"a.plain.{number}") for number in range(3)]
DRAWN = [scenario(f"a.drawn.{number}", tags=(RANDOM,)) for number in range(5)]
SLOW = scenario("a.slow.one", slow=True)
LOUD = scenario("a.busy.one", tags=(BUSY,))


def taken(programme: Programme, number: int) -> list[Scenario]:
    """Take so many scenarios."""
    found = [programme.next() for _ in range(number)]
    return [each for each in found if each is not None]


def test_what_takes_long_begins_first() -> None:
    """What waits, what sends much, what is drawn; all others in the order in which they were given."""
    programme = Programme([*PLAIN, *DRAWN[:2], LOUD, SLOW])
    assert taken(programme, 9) == [SLOW, LOUD, *DRAWN[:2], *PLAIN]


def test_few_are_drawn_at_a_time() -> None:
    """The next one that is drawn begins when another has ended; what is not drawn waits for none of them."""
    programme = Programme([*DRAWN, *PLAIN])
    assert taken(programme, 5) == [*DRAWN[:3], *PLAIN[:2]]
    programme.ended(PLAIN[0])
    assert programme.next() == PLAIN[2]
    assert programme.next() is None
    programme.ended(DRAWN[1])
    assert taken(programme, 2) == [DRAWN[3]]


@pytest.mark.parametrize("ended", DRAWN[:3])
def test_those_who_are_busy_do_the_rest(ended: Scenario) -> None:
    """Whoever gets nothing need not ask again: all is taken by those who end what they have."""
    programme = Programme(DRAWN)
    assert len(taken(programme, 12)) == 3
    programme.ended(ended)
    assert programme.next() == DRAWN[3]
    programme.ended(DRAWN[3])
    assert programme.next() == DRAWN[4]
    programme.ended(DRAWN[4])
    assert programme.next() is None
