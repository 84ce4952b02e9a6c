"""Which lines an input reaches: by sys.monitoring where Python has it, by sys.settrace before 3.12."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import TypeVar

T = TypeVar("T")

TRACED = 8
"""Of so many mutated inputs one is traced by sys.settrace, which makes a parser about six times as slow."""


class Coverage:
    """Collects the lines reached in files below some folders; `within` says what was reached for the first time."""

    #: Of how many inputs one is to be run within(); the others are only run.
    every = 1

    def __init__(self, watch: Sequence[str]) -> None:
        self._watch = tuple(watch)
        self._files: dict[str, bool] = {}
        self._new = 0
        #: How many lines were reached so far.
        self.lines = 0

    def watches(self, file: str) -> bool:
        """Tell whether the lines of a file count."""
        known = self._files.get(file)
        if known is None:
            name = file.replace("\\", "/")
            known = self._files[file] = any(f"/{each}" in name for each in self._watch)
        return known

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Collect within the block; only one at a time can."""
        yield

    def within(self, act: Callable[[], T]) -> tuple[T, int]:
        """Run something; return what it gives, and how many lines it was the first to reach."""
        self._new = 0
        result = act()
        return result, self._taken()

    def _taken(self) -> int:
        new, self._new = self._new, 0
        self.lines += new
        return new


class TracedCoverage(Coverage):
    """By sys.settrace: each line of a watched file costs a call."""

    every = TRACED

    def __init__(self, watch: Sequence[str]) -> None:
        super().__init__(watch)
        self._seen: set[tuple[CodeType, int]] = set()

    def within(self, act: Callable[[], T]) -> tuple[T, int]:
        """Run something, traced."""
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            return super().within(act)
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, argument: object) -> Callable[..., object] | None:
        return self._line if self.watches(frame.f_code.co_filename) else None

    def _line(self, frame: FrameType, event: str, argument: object) -> Callable[..., object]:
        if event == "line":
            place = (frame.f_code, frame.f_lineno)
            if place not in self._seen:
                self._seen.add(place)
                self._new += 1
        return self._line


class MonitoredCoverage(Coverage):
    """By sys.monitoring (Python 3.12): a line that was reached is not asked for again, and costs nothing."""

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Be told of lines within the block."""
        monitoring = sys.monitoring
        tool = next(each for each in (monitoring.COVERAGE_ID, 3, 4) if monitoring.get_tool(each) is None)
        monitoring.use_tool_id(tool, "palaver fuzz")
        monitoring.register_callback(tool, monitoring.events.LINE, self._line)
        monitoring.set_events(tool, monitoring.events.LINE)
        monitoring.restart_events()
        try:
            yield
        finally:
            monitoring.set_events(tool, 0)
            monitoring.register_callback(tool, monitoring.events.LINE, None)
            monitoring.free_tool_id(tool)

    def _line(self, code: CodeType, line: int) -> object:
        if self.watches(code.co_filename):
            self._new += 1
        return sys.monitoring.DISABLE


def coverage_of(watch: Sequence[str]) -> Coverage:
    """Return the best that this Python has."""
    return (MonitoredCoverage if hasattr(sys, "monitoring") else TracedCoverage)(watch)
