"""Drawings have room for what is written in them."""

import pytest

from palaver_codegen.docs.diagram import drawing
from palaver_codegen.docs.flows import CLIENT, OTHER, SERVER, Flow, Kind, Step


def flow(*steps: Step) -> Flow:
    """Return a flow of three lanes."""
    return Flow("key", "Title", "About.", (CLIENT, SERVER, OTHER), steps)


def test_arrows_go_from_lane_to_lane_downwards() -> None:
    """Arrows start and end at the middles of their lanes, one below the other."""
    drawn = drawing(flow(Step(Kind.MESSAGE, CLIENT, SERVER, "a"), Step(Kind.ANSWER, SERVER, CLIENT, "b")))
    middles = [column.x for column in drawn.columns]
    assert middles == sorted(middles)
    first, second = drawn.arrows
    assert (first.x, first.to, first.way) == (middles[0], middles[1], 1)
    assert (second.x, second.to, second.way) == (middles[1], middles[0], -1)
    assert first.y < second.y < drawn.height
    assert [column.server for column in drawn.columns] == [False, True, False]


@pytest.mark.parametrize("length", [1, 30, 50, 300])
def test_words_fit_between_lanes(length: int) -> None:
    """Lanes move apart for long names, to a limit; what is longer is cut."""
    (arrow,) = drawing(flow(Step(Kind.MESSAGE, CLIENT, SERVER, "x" * length, "y" * length))).arrows
    room = arrow.to - arrow.x
    assert len(arrow.label) * 7.4 <= room
    assert len(arrow.detail) * 6.5 <= room
    assert arrow.label.endswith("…") is (length == 300)


@pytest.mark.parametrize("lane", [CLIENT, OTHER])
def test_notes_stay_inside(lane: str) -> None:
    """A note at the edge is moved, not cut."""
    drawn = drawing(flow(Step(Kind.NOTE, lane, lane, "a note that is rather long for where it stands")))
    (note,) = drawn.arrows
    assert note.x - note.width / 2 >= 0
    assert note.x + note.width / 2 <= drawn.width
