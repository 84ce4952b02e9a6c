"""What came of races, as JSON has it, and the ratios that it tells."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from versus.contestants import OURS
from versus.race import Outcome
from versus.workloads import FIGURES, WORKLOADS, Figures


@dataclass(frozen=True)
class Spread:
    """A median, and what the figures lie between."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """Sum figures up; there is one at least."""
    return Spread(statistics.median(values), min(values), max(values))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Say how many times theirs ours is, round by round: those of one round were taken right after each other.

    Of rounds that only one of them finished nothing can be said. Raises ValueError if there is no other.
    """
    pairs = [mine / yours for mine, yours in zip(ours, theirs, strict=False) if yours > 0]
    if not pairs:
        raise ValueError("no round with figures of both")
    return spread(pairs)


@dataclass(frozen=True)
class Report:
    """All that was found on a machine: what each workload came to, by its name."""

    machine: Mapping[str, object]
    workloads: Mapping[str, Outcome]

    def values(self, workload: str, name: str, figure: str) -> list[float]:
        """Give a figure of a contestant, round by round; empty if it has none."""
        rounds = self.workloads[workload].rounds.get(name, [])
        return [each[figure] for each in rounds if figure in each]

    def ratio(self, workload: str, peer: str, figure: str) -> Spread | None:
        """Say how many times theirs ours is; None if one has no figures."""
        try:
            return ratio(self.values(workload, OURS, figure), self.values(workload, peer, figure))
        except ValueError:
            return None


def better(figure: str, found: float) -> bool:
    """Tell whether a ratio of this figure speaks for us."""
    return found >= 1 if FIGURES[figure].more_is_better else found <= 1


def write(report: Report, file: Path, order: Iterable[str] = WORKLOADS) -> None:
    """Write a report as JSON, workloads in their order."""
    text = {
        "machine": report.machine,
        "workloads": {name: asdict(report.workloads[name]) for name in order if name in report.workloads},
    }
    file.write_text(json.dumps(_rounded(text), indent=1) + "\n")


def read(file: Path) -> Report:
    """Read a report; raise ValueError if it is none."""
    try:
        found = json.loads(file.read_text())
        workloads = {
            name: Outcome(
                *(_rounds(each["rounds"]), dict(each["failures"]), each["seconds"], each["load"]),
                # Older reports do not say it, and are of servers that were not.
                each.get("anew", False),
            )
            for name, each in found["workloads"].items()
        }
        return Report(found["machine"], workloads)
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"{file} is no report of a comparison: {problem!r}") from None


def _rounds(found: Mapping[str, Sequence[Figures]]) -> dict[str, list[Figures]]:
    return {
        name: [{figure: float(each[figure]) for figure in each} for each in rounds] for name, rounds in found.items()
    }


def _rounded(value: object) -> object:
    """Leave off digits that say nothing."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return value
