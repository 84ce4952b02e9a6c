"""The order of one conversation's changes on one instance, without I/O.

Changes come in as the bus brings them: late, twice, in any order, or not at all. They go out by revision, each
exactly once. A revision that has not come while a later one has is a gap; the shell reads it from the store and
hands it in with `fill`. The numbering is gap-free in the store, so nothing is ever waited for in vain.

    opening ── open ──▶ in step ── later revision ──▶ gap ── fill ──▶ in step
"""

from collections.abc import Iterable
from typing import Final

from palaver_runtime.domain.events import Change
from palaver_runtime.domain.value import value

MAX_HELD = 1000
"""Changes held back during a gap. Those beyond are dropped, as the fill reads them from the store anyway."""

_NONE: Final[dict[int, Change]] = {}
"""What is held where nothing is, to which nothing is added: each sequencer would have a dict of its own otherwise."""


@value()
class Gap:
    """Revisions that are missing: those in (after, until]."""

    after: int
    until: int


class Sequencer:
    """Puts the changes of one conversation in order.

    Until `open` says where the conversation stands, everything is held. Not for concurrent use: the caller is one
    task or one loop callback at a time.
    """

    __slots__ = ("_held", "_highest", "_revision")

    def __init__(self) -> None:
        self._revision: int | None = None
        self._highest = 0
        self._held: dict[int, Change] = _NONE

    @property
    def revision(self) -> int | None:
        """The revision up to which everything was given out; None while opening."""
        return self._revision

    @property
    def gap(self) -> Gap | None:
        """What is missing, if a later revision is known."""
        if self._revision is None or self._highest <= self._revision:
            return None
        return Gap(self._revision, self._highest)

    def open(self, revision: int) -> list[Change]:
        """Learn where the conversation stands in the store, and start; give what can be delivered now, in order.

        What was held is delivered even where the store has it already: whether somebody has seen it before is for
        the shell to know. On an open sequencer this is `expect`.
        """
        self.expect(revision)
        if self._revision is None:
            self._revision = min([revision, *(held - 1 for held in self._held)])
        return self._advance()

    def offer(self, change: Change) -> list[Change]:
        """Take a change from the bus; give what can be delivered now, in order."""
        self._hold(change)
        return [] if self._revision is None else self._advance()

    def fill(self, changes: Iterable[Change]) -> list[Change]:
        """Take changes that were read from the store; give what can be delivered now, in order."""
        for change in changes:
            self._hold(change, read=True)
        return [] if self._revision is None else self._advance()

    def expect(self, revision: int) -> None:
        """Learn that the conversation has come this far, whatever the bus brought."""
        self._highest = max(self._highest, revision)

    def _hold(self, change: Change, *, read: bool = False) -> None:
        self.expect(change.revision)
        if self._revision is not None and change.revision <= self._revision:
            return
        if read or len(self._held) < MAX_HELD:
            if self._held is _NONE:
                self._held = {}
            self._held.setdefault(change.revision, change)

    def _advance(self) -> list[Change]:
        if self._revision is None:
            raise RuntimeError("a sequencer advances only once it is open")
        ready: list[Change] = []
        while (change := self._held.pop(self._revision + 1, None)) is not None:
            ready.append(change)
            self._revision += 1
        return ready
