"""What one connection has received, in order, and waiting for more of it."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from palaver_conformance.errors import Failure, Missed
from palaver_conformance.facts import Facts

_NOTHING: Mapping[str, object] = {}


@dataclass(frozen=True)
class Received:
    """An event: `index` is its place among all events of the connection."""

    index: int
    means: str
    name: str
    facts: Facts

    def __str__(self) -> str:
        return f"{self.name} {dict(self.facts)!r}"


class Inbox:
    """The ordered events of one connection.

    `expect` takes each event once: the oldest that fits and was not taken. The others stay, so that two expected
    events may come in either order; whoever cares about the order compares the `index`.
    """

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._events: list[Received] = []
        self._count = 0
        self._taken: set[int] = set()
        self._news = asyncio.Event()
        self._closed: str | None = None

    def add(self, means: str, name: str, facts: Facts) -> None:
        """Append an event and wake whoever waits."""
        self._events.append(Received(self._count, means, name, facts))
        self._count += 1
        self._wake()

    def clear(self) -> None:
        """Take out all events so far."""
        self._events.clear()

    @property
    def count(self) -> int:
        """How many events have arrived, those that were taken out included: the index of the next one."""
        return self._count

    def forget(self, original_event: str, since: int) -> None:
        """Take out the newest refusal of an event among those from an index on.

        It answered what the harness asked for its own sake.
        """
        for place in reversed(range(len(self._events))):
            event = self._events[place]
            error = event.facts.find("error")
            if event.index < since:
                return
            if isinstance(error, Facts) and error.get("original_event") in (None, original_event):
                del self._events[place]
                return

    def close(self, reason: str) -> None:
        """Say that nothing more will come."""
        self._closed = reason
        self._wake()

    @property
    def ended(self) -> str | None:
        """Why nothing more will come; None while the connection is open."""
        return self._closed

    def received(self, means: str, where: Mapping[str, object] = _NOTHING) -> list[Received]:
        """Return all events so far that have this meaning and these values, taken or not."""
        return [event for event in self._events if event.means == means and event.facts.matches(where)]

    async def expect(self, means: str, where: Mapping[str, object] = _NOTHING, *, patience: float) -> Received:
        """Take the oldest fitting event, waiting for it if need be.

        Raises Failure, with everything that did arrive, after `patience` seconds or when the connection ends.
        """
        return await self.expect_any((means,), where, patience=patience)

    async def see(self, means: str, where: Mapping[str, object] = _NOTHING, *, patience: float) -> Received:
        """Return the oldest fitting event, taken or not, and leave it; otherwise like `expect`."""
        return await self._find((means,), where, frozenset(), patience)

    async def expect_any(
        self, meanings: Sequence[str], where: Mapping[str, object] = _NOTHING, *, patience: float
    ) -> Received:
        """Take the oldest event that has one of the meanings; otherwise like `expect`."""
        event = await self._find(meanings, where, self._taken, patience)
        self._taken.add(event.index)
        return event

    async def _find(
        self, meanings: Sequence[str], where: Mapping[str, object], but: Set[int], patience: float
    ) -> Received:
        try:
            async with asyncio.timeout(patience):
                while True:
                    news = self._news
                    for event in self._events:
                        fits = event.means in meanings and event.facts.matches(where)
                        if fits and event.index not in but:
                            return event
                    if self._closed is not None:
                        raise self._failure(meanings, where, f"connection closed: {self._closed}")
                    await news.wait()
        except TimeoutError:
            raise self._failure(meanings, where, f"nothing more within {patience:g} s") from None

    async def end(self, *, patience: float | None) -> str:
        """Wait until the connection is closed, and return why; raises Failure when it stays open."""
        try:
            async with asyncio.timeout(patience):
                while self._closed is None:
                    await self._news.wait()
        except TimeoutError:
            expected = f"the connection {self.owner} to be closed within {patience} s"
            raise Failure(expected, [str(event) for event in self._events]) from None
        return self._closed

    def log(self) -> list[str]:
        """Return everything so far as text, and how the connection ended."""
        return self._lines() + ([f"connection closed: {self._closed}"] if self._closed is not None else [])

    def _lines(self) -> list[str]:
        return [f"{event}{' (already counted)' if event.index in self._taken else ''}" for event in self._events]

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _failure(self, meanings: Sequence[str], where: Mapping[str, object], ending: str) -> Failure:
        return Missed([*self._lines(), ending], owner=self.owner, meanings=meanings, where=where)
