"""The wire log of a scenario as a sequence diagram: where everything stands, in pixels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from palaver_conformance.evidence.trace import ENDED, STAGED
from palaver_conformance.report.frames import Frame, Kind
from palaver_conformance.report.html.folding import Passage, folded
from palaver_conformance.report.html.lanes import Lane, Lanes, lanes

_MARGIN = 62
_NARROWEST, _WIDEST, _LETTER, _SMALL_LETTER = 132, 236, 6.8, 5.7
# Few columns may as well take the room that a screen has.
_ROOM = 720
_MESSAGE, _OTHER, _LOOP = 40, 30, 22
_MOST, _AT_FIRST = 200, 30
# What keeps a connection alive, or greets before it is one.
_UNSEEN = ("open", "close", "ping", "pong", "noop")


@dataclass(frozen=True)
class Column:
    """A lane, and where its middle is."""

    lane: Lane
    x: float


@dataclass(frozen=True)
class Row:
    """A step of the diagram, at the height `y`.

    `shape` is how it is drawn: an arrow (message, answer, transport) from `x` to `to`, a note at `x`, or a band over
    the whole width (objection, gap, conclusion). `entry` is its number in the log, None for what is not there.
    """

    shape: str
    y: float
    label: str
    x: float = 0
    to: float = 0
    brief: str = ""
    refusal: str = ""
    time: str = ""
    entry: int | None = None


@dataclass(frozen=True)
class Loop:
    """A frame around steps that came many times over."""

    x: float
    y: float
    width: float
    height: float
    times: int


@dataclass(frozen=True)
class Part:
    """One stretch of a scenario. `packets` is how many entries of the log it has."""

    name: str
    packets: int
    rows: Sequence[Row]
    loops: Sequence[Loop]
    height: float


@dataclass(frozen=True)
class Diagram:
    """All parts of a scenario over the same columns."""

    columns: Sequence[Column]
    width: float
    parts: Sequence[Part]


def diagram(frames: Sequence[Frame], conclusion: str) -> Diagram:
    """Return the diagram of a log; the conclusion stands where the scenario ended."""
    found = lanes(frame.entry for frame in frames)
    longest = max((len(each.label) for each in frames if each.kind in (Kind.MESSAGE, Kind.ANSWER)), default=0)
    wanted = max(longest * _LETTER + 20, _NARROWEST, _ROOM / max(1, len(found.lanes)))
    canvas = _Canvas(found, min(wanted, _WIDEST))
    parts = [canvas.part(name, steps, conclusion if last else "") for name, steps, last in _stretches(frames)]
    return Diagram(canvas.columns, canvas.width, parts)


def _stretches(frames: Sequence[Frame]) -> Iterator[tuple[str, list[Frame], bool]]:
    """Yield the parts of a scenario as its marks divide it, each with whether it is the last before the end."""
    marks = {frame.label: at for at, frame in enumerate(frames) if frame.kind is Kind.MARK}
    staged, ended = marks.get(STAGED), marks.get(ENDED, len(frames))
    if staged is not None:
        yield "Setting the stage", list(frames[:staged]), False
        yield "The scenario", list(frames[staged + 1 : ended]), True
    else:
        yield "Setting the stage", list(frames[:ended]), True
    if frames[ended + 1 :]:
        yield "Clearing up", list(frames[ended + 1 :]), False


class _Canvas:
    """Draws the steps of a part, one below the other."""

    def __init__(self, found: Lanes, pitch: float) -> None:
        self._lanes = found
        self._pitch = pitch
        self.columns = [Column(lane, self._middle(at)) for at, lane in enumerate(found.lanes)]
        self.width = _MARGIN + pitch * len(found.lanes)

    def part(self, name: str, frames: Sequence[Frame], conclusion: str) -> Part:
        """Return a part with all of its rows, or its first and last ones where there are too many."""
        rows: list[Row] = []
        loops: list[Loop] = []
        y = 8.0
        for passage in _shortened(folded([each for each in frames if not _unseen(each)])):
            top = y
            if isinstance(passage, int):
                y += _OTHER
                rows.append(Row("gap", y - 8, f"{passage} steps are left out here; the log has them"))
                continue
            if passage.times > 1:
                y += _LOOP
            for frame in passage.steps:
                y += _MESSAGE if frame.kind in (Kind.MESSAGE, Kind.ANSWER) else _OTHER
                rows.append(self._row(frame, y))
            if passage.times > 1:
                y += 8
                loops.append(self._loop(passage, top, y))
        if conclusion:
            y += _MESSAGE
            rows.append(Row("conclusion", y - 14, self._cut(conclusion, self.width - _MARGIN, _LETTER)))
        return Part(name, len(frames), rows, loops, y + 12)

    def _row(self, frame: Frame, y: float) -> Row:
        time = f"{frame.entry.at:.3f}"
        if frame.kind is Kind.OBJECTION:
            label = self._cut(frame.label, self.width - _MARGIN, _SMALL_LETTER)
            return Row("objection", y - 8, label, time=time, entry=frame.number)
        client = self._middle(self._lanes.client(frame.entry))
        if frame.kind is Kind.NOTE:
            label = self._cut(frame.label, 2 * self._pitch, _SMALL_LETTER)
            return Row("note", y - 8, label, client, client, time=time, entry=frame.number)
        server = self._middle(self._lanes.server(frame.entry))
        x, to = (client, server) if frame.entry.direction == "->" else (server, client)
        room = abs(to - x) - 12
        return Row(
            str(frame.kind),
            y - 14 if frame.kind is not Kind.TRANSPORT else y - 8,
            self._cut(frame.label, max(room, self._pitch), _LETTER),
            x,
            to,
            self._cut(frame.brief, room, _SMALL_LETTER),
            frame.refusal,
            time,
            frame.number,
        )

    def _loop(self, passage: Passage[Frame], top: float, bottom: float) -> Loop:
        places = [
            self._middle(at)
            for each in passage.steps
            for at in (self._lanes.client(each.entry), self._lanes.server(each.entry))
        ]
        left, right = min(places) - 14, max(places) + 14
        return Loop(left, top + 4, right - left, bottom - top - 4, passage.times)

    def _middle(self, lane: int) -> float:
        return _MARGIN + self._pitch * (lane + 0.5)

    @staticmethod
    def _cut(text: str, room: float, letter: float) -> str:
        most = max(int(room / letter), 8)
        return text if len(text) <= most else f"{text[: most - 1]}…"


def _unseen(frame: Frame) -> bool:
    return frame.kind is Kind.TRANSPORT and frame.label in _UNSEEN


def _shortened(passages: Sequence[Passage[Frame]]) -> Iterator[Passage[Frame] | int]:
    """Yield the passages; where they are too many, the first and last ones, and between them the number of the rest."""
    if sum(len(each.steps) for each in passages) <= _MOST:
        yield from passages
        return
    head = _fitting(passages, _AT_FIRST)
    tail = len(passages) - _fitting(passages[::-1], _MOST - _AT_FIRST)
    yield from passages[:head]
    yield sum(len(each.steps) * each.times for each in passages[head:tail])
    yield from passages[tail:]


def _fitting(passages: Sequence[Passage[Frame]], most: int) -> int:
    """Return how many passages, from the first on, have so many steps at most."""
    totals = accumulate(len(each.steps) for each in passages)
    return sum(1 for total in totals if total <= most)
