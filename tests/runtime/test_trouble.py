"""What is told of trouble, by a clock that the test plays."""

import logging

import pytest

from palaver_runtime.trouble import AGAIN, CALM, Trouble


class Told:
    """A trouble, the time, and what was said since the test last looked."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "palaver_runtime.trouble")
        self._caplog = caplog
        self.moment = 1_000.0
        self.trouble = Trouble("It works again", lambda: self.moment)

    def said(self) -> list[tuple[str, str]]:
        """Give the level and text of each line."""
        lines = [(each.levelname, each.getMessage()) for each in self._caplog.records]
        self._caplog.clear()
        return lines


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    """Give a trouble that has not begun."""
    return Told(caplog)


def test_what_works_is_not_spoken_of(told: Told) -> None:
    """However long it does."""
    for _ in range(3):
        told.trouble.worked()
        told.moment += CALM
    assert told.said() == []


def test_trouble_is_told_once_and_its_end(told: Told) -> None:
    """Not every failure of a hundred is, nor every success after it."""
    for _ in range(100):
        told.trouble.failed("the disk is full")
    told.moment += CALM
    told.trouble.worked()
    told.trouble.worked()
    assert told.said() == [("WARNING", "the disk is full"), ("INFO", "It works again, after 100 failures")]
    told.trouble.failed("nobody answers")
    told.moment += CALM
    told.trouble.worked()
    assert told.said() == [("WARNING", "nobody answers"), ("INFO", "It works again, after 1 failure")]


def test_what_comes_and_goes_is_one_trouble(told: Told) -> None:
    """A success among failures does not end it: there would be two lines for each."""
    for _ in range(10):
        told.trouble.failed("it is late")
        told.moment += CALM / 2
        told.trouble.worked()
    assert told.said() == [("WARNING", "it is late")]


def test_trouble_that_lasts_is_told_again(told: Told) -> None:
    """With what it is by then, and how often it was met."""
    told.trouble.failed("it is late")
    told.moment += AGAIN - 1
    told.trouble.failed("it is late")
    told.moment += 1
    told.trouble.failed("it is gone")
    told.trouble.failed("it is gone")
    assert told.said() == [("WARNING", "it is late"), ("WARNING", "it is gone (3 failures by now)")]
