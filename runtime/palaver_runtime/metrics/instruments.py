"""What figures are kept in: dictionaries by label values, which cost one look-up and one addition.

Not for concurrent use: everything that counts runs on one event loop, as does whoever reads. prometheus_client's own
instruments take a lock and build a key for each addition, which costs several times as much; what it knows better, the
text format, is left to it (see `exposition`).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

Labels = tuple[str, ...]
"""The values of an instrument's labels, in their order."""

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds for times, from what a delivery takes to what nobody waits for."""


class Instrument:
    """A figure with a name, what it means, and the names of its labels.

    The values of a label are few and ours: never a text that a client has made up.
    """

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        self.name: Final = name
        self.text: Final = text
        self.labels: Final = tuple(labels)


class Counter(Instrument):
    """How often something happened; it only grows."""

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        super().__init__(name, text, labels)
        #: The counts by label values, for those who count very often to add to without a call.
        self.counts: Final[defaultdict[Labels, float]] = defaultdict(float)
        self._sources: list[tuple[Labels, Callable[[], float]]] = []
        if not labels:
            self.counts[()] = 0.0

    def add(self, *labels: str, amount: float = 1.0) -> None:
        """Count once more, or `amount` times."""
        self.counts[labels] += amount

    def watch(self, count: Callable[[], float], *labels: str) -> None:
        """Take a count that somebody else keeps."""
        self._sources.append((labels, count))

    def values(self) -> Mapping[Labels, float]:
        """Give the counts so far."""
        return _sums(self.counts, [(labels, count()) for labels, count in self._sources])


class Gauge(Instrument):
    """How much there is of something now. It is asked for when somebody looks, so that keeping it costs nothing."""

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        super().__init__(name, text, labels)
        self._sources: list[Callable[[], Mapping[Labels, float]]] = []

    def watch(self, amount: Callable[[], float], *labels: str) -> None:
        """Ask this, each time that somebody looks. Of several with the same labels the sum is given."""
        self._sources.append(lambda: {labels: amount()})

    def watch_all(self, amounts: Callable[[], Mapping[Labels, float]]) -> None:
        """Ask this for amounts by label values, each time that somebody looks."""
        self._sources.append(amounts)

    def values(self) -> Mapping[Labels, float]:
        """Give the amounts of now."""
        return _sums({}, [each for source in self._sources for each in source().items()])


class Series:
    """The observations of one histogram under one set of labels."""

    __slots__ = ("_bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        #: How many fell into each bucket, the last of which has no bound.
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        """Take in a value, or as many that are the same; one that equals a bound is within it."""
        self.counts[bisect_left(self._bounds, value)] += times
        self.sum += value * times


class Histogram(Instrument):
    """How values are spread: how many are within each of some bounds, and their sum."""

    def __init__(self, name: str, text: str, labels: Sequence[str] = (), bounds: Sequence[float] = SECONDS) -> None:
        super().__init__(name, text, labels)
        self.bounds: Final = tuple(map(float, bounds))
        self._series: dict[Labels, Series] = {}

    def observe(self, value: float, *labels: str, times: int = 1) -> None:
        """Take in a value, or as many that are the same."""
        self.under(*labels).observe(value, times)

    def under(self, *labels: str) -> Series:
        """Give what was observed under some labels, for those who observe very often to add to."""
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = Series(self.bounds)
        return series

    def series(self) -> Mapping[Labels, Series]:
        """Give what was observed so far."""
        return self._series


def _sums(values: Mapping[Labels, float], more: Sequence[tuple[Labels, float]]) -> Mapping[Labels, float]:
    sums = dict(values)
    for labels, value in more:
        sums[labels] = sums.get(labels, 0.0) + value
    return sums
