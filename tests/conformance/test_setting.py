"""The surroundings of a scenario."""

from dataclasses import FrozenInstanceError, replace

import pytest
from samples import setting


async def test_surroundings_do_not_change() -> None:
    """Nobody in a scenario can take the judge away from the others."""
    surroundings = setting("http://127.0.0.1:1")
    with pytest.raises(FrozenInstanceError):
        surroundings.oracle = None
    assert surroundings.oracle.contract is surroundings.contract
    await surroundings.subject.close()


async def test_what_is_random_has_time_for_its_examples() -> None:
    """More examples may take longer; a slow machine may look for longer, and makes what it finds no smaller."""
    some = setting("http://127.0.0.1:1")
    more, slow = replace(some, examples=some.examples * 3), replace(some, timing=replace(some.timing, factor=30.0))
    assert more.search_time == 3 * some.search_time
    assert more.shrinking_time == 3 * some.shrinking_time
    assert slow.search_time > some.search_time
    assert slow.shrinking_time == some.shrinking_time
    await some.subject.close()
