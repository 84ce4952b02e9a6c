"""The surroundings of a scenario."""

from dataclasses import FrozenInstanceError

import pytest
from samples import setting


async def test_surroundings_do_not_change() -> None:
    """Nobody in a scenario can take the judge away from the others."""
    surroundings = setting("http://127.0.0.1:1")
    with pytest.raises(FrozenInstanceError):
        surroundings.oracle = None
    assert surroundings.oracle.contract is surroundings.contract
    await surroundings.subject.close()
