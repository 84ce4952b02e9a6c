"""When an HTTP connection is read."""

import asyncio

import pytest
from doubles.listening import become

from palaver_runtime.fairness import Fairness
from palaver_runtime.transports import inflow
from palaver_runtime.transports.inflow import Inflow


class Line(asyncio.Transport):
    """Knows whether it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.read = True

    def pause_reading(self) -> None:
        """Be read no more."""
        self.read = False

    def resume_reading(self) -> None:
        """Be read again."""
        self.read = True

    def is_closing(self) -> bool:
        """Stay."""
        return False


@pytest.fixture
def line() -> Line:
    """Give a connection."""
    return Line()


async def over(fairness: Fairness, seconds: float) -> None:
    """Have an address take so much while another one wants some."""
    fairness.wants(fairness.account("other"))
    fairness.account("one").charge(seconds)


async def test_who_has_had_its_share_is_read_when_it_is_its_turn(line: Line) -> None:
    """And not before, though the request asks for more."""
    fairness = Fairness(0.5)
    flow = Inflow(line, fairness.account("one"))
    flow.pace(100)
    assert line.read
    await over(fairness, 0.05)
    flow.pace(100)
    assert not line.read
    flow.pause_reading()
    flow.resume_reading()
    assert not line.read
    await become(lambda: line.read)


async def test_what_the_request_does_not_need_is_not_read_at_any_turn(line: Line) -> None:
    """A turn that has come does not undo that a body is long enough for now."""
    fairness = Fairness(0.5)
    flow = Inflow(line, fairness.account("one"))
    await over(fairness, 0.02)
    flow.pace(100)
    flow.pause_reading()
    await become(lambda: flow._held is None)
    assert not line.read
    flow.resume_reading()
    assert line.read


async def test_large_pieces_are_read_one_in_a_turn(line: Line) -> None:
    """However much time the address has left."""
    flow = Inflow(line, Fairness(0.5).account("one"))
    flow.pace(inflow._PIECE)
    assert not line.read
    await asyncio.sleep(0)
    assert line.read


async def test_reading_is_charged(line: Line) -> None:
    """As time of the loop; where nobody is known it is charged to nobody."""
    fairness = Fairness(0.5)
    account = fairness.account("one")
    had = account._balance
    with Inflow(line, account):
        pass
    assert account._balance < had
    nobody = Inflow(line, None)
    with nobody:
        nobody.pace(10 * inflow._PIECE)
    assert line.read


async def test_who_is_stopped_stays_so(line: Line) -> None:
    """Whatever turn comes, and whatever the request asks for; so does who has left."""
    fairness = Fairness(0.5)
    flow = Inflow(line, fairness.account("one"))
    await over(fairness, 0.02)
    flow.pace(100)
    flow.pause_reading()
    flow.stop()
    await become(lambda: flow._held is None)
    flow.resume_reading()
    assert not line.read
    await over(fairness, 0.02)
    left = Inflow(line, fairness.account("one"))
    left.pace(100)
    left.leave()
    await become(lambda: not fairness.account("one").waiting)
    assert not line.read
