"""Spans: what took how long, as part of what. A leaf that everything may import; it costs next to nothing when off.

OpenTelemetry is not imported here: `tracing` hands a tracer in when somebody wants traces.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import ClassVar, Final, Protocol

Attribute = str | int


class Tracer(Protocol):
    """Who makes spans. What stands for a place in a trace is a text, as in the header `traceparent`."""

    def span(
        self, name: str, parent: str | None, links: Iterable[str], attributes: dict[str, Attribute], *, root: bool
    ) -> AbstractContextManager[object]:
        """Make a span that lasts as long as its block, and is where the block is."""
        ...

    def within(self, parent: str) -> AbstractContextManager[object]:
        """Be at a place for the time of a block, without a span."""
        ...

    def here(self) -> str | None:
        """Tell where the running code is; None outside of every span that is recorded."""
        ...


class _Tracing:
    tracer: ClassVar[Tracer | None] = None


_NOTHING: Final = nullcontext()


def trace_by(tracer: Tracer | None) -> None:
    """Have spans made from now on, or no more."""
    _Tracing.tracer = tracer


def traced() -> bool:
    """Tell whether spans are made."""
    return _Tracing.tracer is not None


def span(name: str, *, parent: str | None = None, **attributes: Attribute) -> AbstractContextManager[object]:
    """Make a span below the one that is here, or below a `parent` that came from elsewhere."""
    tracer = _Tracing.tracer
    return _NOTHING if tracer is None else tracer.span(name, parent, (), attributes, root=False)


def joint(name: str, parts: Iterable[str | None], **attributes: Attribute) -> AbstractContextManager[object]:
    """Make a span for what is done for several at once: it is below none of them, and linked with each."""
    tracer = _Tracing.tracer
    if tracer is None:
        return _NOTHING
    return tracer.span(name, None, [each for each in parts if each is not None], attributes, root=True)


def within(parent: str | None) -> AbstractContextManager[object]:
    """Be at a place for the time of a block; None changes nothing."""
    tracer = _Tracing.tracer
    return _NOTHING if tracer is None or parent is None else tracer.within(parent)


def here() -> str | None:
    """Tell where the running code is, for `parent`, `joint` and `within`; None when nobody traces."""
    tracer = _Tracing.tracer
    return None if tracer is None else tracer.here()
