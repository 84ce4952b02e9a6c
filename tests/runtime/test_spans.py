"""Spans, when nobody traces and when somebody does."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from palaver_runtime import spans


class Tracer:
    """A tracer that keeps what it was asked for."""

    def __init__(self) -> None:
        self.made: list[tuple[object, ...]] = []

    @contextmanager
    def span(
        self, name: str, parent: str | None, links: Iterable[str], attributes: dict[str, str | int], *, root: bool
    ) -> Iterator[None]:
        """Make a span."""
        self.made.append((name, parent, tuple(links), attributes, root))
        yield

    @contextmanager
    def within(self, parent: str) -> Iterator[None]:
        """Be there."""
        self.made.append(("within", parent))
        yield

    def here(self) -> str | None:
        """Be nowhere in particular."""
        return "here"


@pytest.fixture
def tracer() -> Iterator[Tracer]:
    """Somebody traces."""
    tracer = Tracer()
    spans.trace_by(tracer)
    yield tracer
    spans.trace_by(None)


def test_nobody_traces() -> None:
    """Blocks run as without it, and there is no place to tell of."""
    with spans.span("a", parent="p", size=1), spans.joint("b", ["x"]), spans.within("y"):
        assert spans.here() is None


def test_somebody_traces(tracer: Tracer) -> None:
    """What is asked for is handed on; who is at no place is not moved, and is no link."""
    with spans.span("a", parent="p", size=1), spans.joint("b", ["x", None]), spans.within("y"), spans.within(None):
        assert spans.here() == "here"
    assert tracer.made == [("a", "p", (), {"size": 1}, False), ("b", None, ("x",), {}, True), ("within", "y")]
