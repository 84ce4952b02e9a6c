"""How long a client waits for its next refusal."""

from palaver_runtime.dialects._patience import _FREE_REFUSALS, _SLOWER, _UNIT, Patience


def test_only_who_is_refused_over_and_over_waits() -> None:
    """As long for each; a large event counts as several, and what is accepted makes up for a refusal."""
    patience = Patience()
    assert [patience.refused(100) for _ in range(_FREE_REFUSALS)] == [0.0] * _FREE_REFUSALS
    assert patience.refused(100) == _SLOWER
    assert patience.refused(2 * _UNIT) == 3 * _SLOWER
    for _ in range(5):
        patience.accepted()
    assert patience.refused(100) == 0.0
    assert patience.refused(100) == _SLOWER


def test_nobody_saves_up_patience() -> None:
    """What is accepted makes up for refusals that were, not for those to come."""
    patience = Patience()
    for _ in range(1_000):
        patience.accepted()
    assert [patience.refused(0) for _ in range(_FREE_REFUSALS + 1)][-1] == _SLOWER
