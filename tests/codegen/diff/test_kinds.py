"""Kinds of difference and their opposites."""

from palaver_codegen.diff.kinds import Effect, Kind

OPPOSITE = {Effect.NARROWS: Effect.WIDENS, Effect.WIDENS: Effect.NARROWS}


def test_opposites_are_opposites() -> None:
    """The mirror of a mirror is the kind itself, and what narrows one way widens the other."""
    for kind in Kind:
        assert kind.mirror.mirror is kind
        assert kind.mirror.effect is OPPOSITE.get(kind.effect, kind.effect)


def test_what_changes_does_both() -> None:
    """An effect says whether something can be lost, and whether something can come."""
    assert [(effect.narrows, effect.widens) for effect in Effect] == [
        (True, False),
        (False, True),
        (True, True),
        (False, False),
    ]
