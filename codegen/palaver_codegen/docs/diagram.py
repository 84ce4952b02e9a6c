"""Flows as drawings: where each lane and each arrow of a sequence diagram stands. The template only writes it down."""

from __future__ import annotations

from dataclasses import dataclass

from palaver_codegen.docs.flows import SERVER, Flow, Kind, Step

_HEAD = 44
_MARGIN = 10
_ROW = {Kind.MESSAGE: 54, Kind.ANSWER: 50, Kind.REFUSAL: 54, Kind.NOTE: 42}
_LETTER, _SMALL = 7.4, 6.5
_NARROWEST, _WIDEST = 250.0, 420.0


@dataclass(frozen=True)
class Column:
    """A lane: its name, and the middle of it in pixels."""

    name: str
    x: float
    width: float
    server: bool


@dataclass(frozen=True)
class Arrow:
    """A step at its height `y`. It goes from `x` to `to`; a note stands at `x`, and `width` is that of its box."""

    step: Step
    y: float
    x: float
    to: float
    label: str
    detail: str
    width: float = 0.0

    @property
    def way(self) -> int:
        """1 to the right, -1 to the left."""
        return 1 if self.to >= self.x else -1

    @property
    def middle(self) -> float:
        """Where its words stand."""
        return (self.x + self.to) / 2


@dataclass(frozen=True)
class Drawing:
    """A sequence diagram, in pixels."""

    width: float
    height: float
    head: float
    columns: tuple[Column, ...]
    arrows: tuple[Arrow, ...]


def drawing(flow: Flow) -> Drawing:
    """Return a flow as a drawing, as wide as its words need."""
    pitch = min(max(_NARROWEST, *(_needs(step) for step in flow.steps)), _WIDEST)
    side = max(_head(lane) for lane in flow.lanes) / 2
    middles = {lane: _MARGIN + side + pitch * at for at, lane in enumerate(flow.lanes)}
    width = 2 * (_MARGIN + side) + pitch * (len(flow.lanes) - 1)
    columns = tuple(Column(lane, x, _head(lane), lane == SERVER) for lane, x in middles.items())
    y = float(_HEAD)
    arrows = []
    for step in flow.steps:
        y += _ROW[step.kind]
        arrows.append(_arrow(step, y, middles, pitch, width))
    return Drawing(width, y + 34, _HEAD, columns, tuple(arrows))


def _arrow(step: Step, y: float, middles: dict[str, float], pitch: float, width: float) -> Arrow:
    x, to = middles[step.source], middles[step.target]
    if step.kind is not Kind.NOTE:
        room = pitch - 24
        return Arrow(step, y, x, to, _cut(step.label, room, _LETTER), _cut(step.detail, room, _SMALL))
    room = len(step.label) * _SMALL + 22
    # A note stays within the drawing, however near the edge its lane is.
    left = min(max(x, room / 2 + 4), width - room / 2 - 4)
    return Arrow(step, y, left, left, step.label, "", room)


def _head(lane: str) -> float:
    return max(92.0, len(lane) * 8.0 + 28)


def _needs(step: Step) -> float:
    if step.kind is Kind.NOTE:
        return 0
    return max(len(step.label) * _LETTER, len(step.detail) * _SMALL) + 30


def _cut(text: str, room: float, letter: float) -> str:
    most = int(room / letter)
    return text if len(text) <= most else text[: most - 1] + "…"
