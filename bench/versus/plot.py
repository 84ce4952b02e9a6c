"""The ratios of a report as one picture: a self-contained SVG, for light and dark pages."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from versus.contestants import OURS
from versus.figures import Report, Spread
from versus.workloads import FIGURES, WORKLOADS

_WIDTH: Final = 900
_LEFT: Final = 400
_RIGHT: Final = 90
_ROW: Final = 18
_TOP: Final = 56
_TICKS: Final = (0.01, 0.1, 0.25, 0.5, 1, 2, 4, 10, 100)
_STYLE: Final = (
    "text{font:12px system-ui,sans-serif;fill:#555}.name{font-weight:600}.axis{stroke:#8884}.one{stroke:#888}"
    ".ahead{fill:#1a7f37;stroke:#1a7f37}.behind{fill:#bc4c00;stroke:#bc4c00}"
    "@media(prefers-color-scheme:dark){text{fill:#aaa}.ahead{fill:#3fb950;stroke:#3fb950}.behind{fill:#f0883e;stroke:#f0883e}}"
)


@dataclass(frozen=True)
class Mark:
    """A ratio in which more is better, whatever the figure was; the workload's title stands above its first one."""

    title: str | None
    peer: str
    spread: Spread


def marks(report: Report) -> Iterator[Mark]:
    """Give the ratio of the first figure of each workload to each peer."""
    for name in report.workloads:
        workload, figure = WORKLOADS[name], WORKLOADS[name].figures[0]
        title: str | None = f"{workload.title}: {FIGURES[figure].title}"
        for peer in workload.contestants:
            found = None if peer == OURS else report.ratio(name, peer, figure)
            if found is not None:
                yield Mark(title, peer, found if FIGURES[figure].more_is_better else _turned(found))
                title = None


def plot(report: Report) -> str:
    """Draw a report, on a logarithmic scale: to the right of the line in the middle ours is ahead."""
    rows = list(marks(report))
    low, high = _bounds([each.spread for each in rows])

    def place(ratio: float) -> float:
        part = math.log(min(max(ratio, low), high) / low) / math.log(high / low)
        return round(_LEFT + part * (_WIDTH - _LEFT - _RIGHT), 1)

    drawn, at = [], _TOP
    for row in rows:
        if row.title is not None:
            at += 10
            drawn.append(f'<text class="name" x="8" y="{at + 4}">{escape(row.title)}</text>')
            at += _ROW
        drawn.append(_row(row, place(row.spread.least), place(row.spread.median), place(row.spread.most), at))
        at += _ROW
    axis = []
    for tick in (each for each in _TICKS if low <= each <= high):
        kind = "one" if tick == 1 else "axis"
        x = place(tick)
        axis.append(f'<line class="{kind}" x1="{x}" y1="{_TOP - 10}" x2="{x}" y2="{at}"/>')
        axis.append(f'<text x="{x}" y="{_TOP - 16}" text-anchor="middle">{tick:g}x</text>')
    title = "How many times as good as each peer palaver is: median, and what the rounds lie between"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {at + 12}" role="img">',
            f"<title>{title}</title>",
            f"<style>{_STYLE}</style>",
            f'<text class="name" x="8" y="20">{title}</text>',
            *axis,
            *drawn,
            "</svg>",
            "",
        ]
    )


def _row(row: Mark, least: float, median: float, most: float, at: float) -> str:
    kind = "ahead" if row.spread.median >= 1 else "behind"
    return (
        f'<text x="{_LEFT - 12}" y="{at + 4}" text-anchor="end">{escape(row.peer)}</text>'
        f'<line class="{kind}" x1="{least}" y1="{at}" x2="{most}" y2="{at}" stroke-width="2"/>'
        f'<circle class="{kind}" cx="{median}" cy="{at}" r="4"/>'
        f'<text x="{_WIDTH - 8}" y="{at + 4}" text-anchor="end">{row.spread.median:.2f}x</text>'
    )


def _turned(found: Spread) -> Spread:
    return Spread(1 / found.median, 1 / found.most, 1 / found.least)


def _bounds(spreads: list[Spread]) -> tuple[float, float]:
    """Give the ticks that all ratios lie between, 1 among them, and no less than half and twice."""
    least, most = min([0.5, *(each.least for each in spreads)]), max([2, *(each.most for each in spreads)])
    low = max([each for each in _TICKS if each <= least], default=_TICKS[0])
    return low, min([each for each in _TICKS if each >= most], default=_TICKS[-1])
