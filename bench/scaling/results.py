"""What was found of growth, as JSON has it, and what can be said of it."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from versus.workloads import Figures

from scaling.history import Waits
from scaling.series import SERIES

Rounds = Sequence[Figures]


@dataclass
class Results:
    """Waits by database, number of messages and what was asked; rounds of figures by series and number."""

    machine: Mapping[str, object]
    history: dict[str, dict[int, dict[str, Waits]]] = field(default_factory=dict)
    series: dict[str, dict[int, Rounds]] = field(default_factory=dict)

    def medians(self, name: str, figure: str) -> dict[int, float]:
        """Give a figure of a series at each number, as the median of its rounds."""
        return {
            number: statistics.median(each[figure] for each in rounds) for number, rounds in self.series[name].items()
        }


@dataclass(frozen=True)
class Line:
    """A straight line: what it begins with, and what each adds."""

    start: float
    each: float


def line(points: Mapping[int, float]) -> Line:
    """Draw the line that is nearest to some points by the part by which it misses each; there are two at least.

    So the small ones count as much as the large ones.
    """
    weights = {number: 1 / value**2 for number, value in points.items()}
    whole = sum(weights.values())
    middle = sum(weights[number] * number for number in points) / whole
    height = sum(weights[number] * value for number, value in points.items()) / whole
    rise = sum(weights[number] * (number - middle) * (value - height) for number, value in points.items())
    each = rise / sum(weights[number] * (number - middle) ** 2 for number in points)
    return Line(height - each * middle, each)


def write(results: Results, file: Path) -> None:
    """Write results as JSON, with as many digits as say something."""
    text = {
        "machine": results.machine,
        "history": {
            kind: {
                number: {
                    name: {key: _rounded(value) for key, value in asdict(each).items()} for name, each in found.items()
                }
                for number, found in numbers.items()
            }
            for kind, numbers in results.history.items()
        },
        "series": {
            name: {
                number: [{key: _rounded(value) for key, value in each.items()} for each in rounds]
                for number, rounds in results.series[name].items()
            }
            for name in SERIES
            if name in results.series
        },
    }
    file.write_text(json.dumps(text, indent=1) + "\n")


def read(file: Path) -> Results:
    """Read results; raise ValueError if a file has none."""
    try:
        found = json.loads(file.read_text())
        return Results(
            found["machine"],
            {
                kind: {
                    int(number): {name: Waits(**each) for name, each in waits.items()}
                    for number, waits in numbers.items()
                }
                for kind, numbers in found["history"].items()
            },
            {
                name: {int(number): rounds for number, rounds in points.items()}
                for name, points in found["series"].items()
            },
        )
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"{file} has no results of this bench: {problem!r}") from None


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
