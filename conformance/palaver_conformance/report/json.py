"""The report for programs: report.schema.json says what is in it."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files

from palaver_conformance.evidence.coverage import Item
from palaver_conformance.evidence.trace import Direction, Entry
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.report import VERSION
from palaver_conformance.report.comparison import Change, Comparison
from palaver_conformance.report.summary import Run
from palaver_conformance.scenario import Scenario

_DIRECTIONS: dict[Direction, str] = {"->": "sent", "<-": "received", "--": "note", "==": "mark", "!!": "violation"}


def report(run: Run) -> str:
    """Return a run as JSON."""
    return _dump(
        {
            "version": VERSION,
            "subject": run.subject,
            "specification": run.specification,
            "urls": list(run.urls),
            "versions": run.versions,
            "started": run.started.isoformat(timespec="seconds"),
            "seconds": round(run.seconds, 3),
            "seed": run.seed,
            "conformant": run.exit_code == 0,
            "exitCode": run.exit_code,
            "stopped": run.stopped,
            "left": run.left,
            "complaints": list(run.complaints),
            "frames": run.coverage.frames,
            "counts": _counts(run.counts),
            "coverage": {kind: [_item(each) for each in items] for kind, items in run.coverage.items().items()},
            "comparison": _comparison(run.comparison) if run.comparison is not None else None,
            "scenarios": [_outcome(outcome) for outcome in run.outcomes],
        }
    )


def listing(scenarios: Sequence[Scenario]) -> str:
    """Return the scenarios as JSON."""
    return _dump({"version": VERSION, "scenarios": [_scenario(each) for each in scenarios]})


def schema() -> str:
    """Return the JSON Schema of the report."""
    return files(__package__).joinpath("report.schema.json").read_text(encoding="utf-8")


def _scenario(scenario: Scenario) -> dict[str, object]:
    return {
        "id": scenario.id,
        "case": scenario.case,
        "title": scenario.title,
        "requirement": scenario.requirement,
        "source": scenario.source,
        "needs": list(scenario.needs),
        "tags": list(scenario.tags),
        "instances": scenario.instances,
    }


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        **_scenario(outcome.scenario),
        "verdict": str(outcome.verdict),
        "seconds": round(outcome.seconds, 3),
        "reason": outcome.reason,
        "expected": outcome.expected,
        "arrived": list(outcome.arrived),
        "wire": [_entry(each) for each in outcome.wire],
        "tally": _counts(outcome.tally),
    }


def _entry(entry: Entry) -> dict[str, object]:
    return {
        "t": round(entry.at, 4),
        "actor": entry.connection.partition("/")[0],
        "connection": entry.connection,
        "instance": entry.instance,
        "direction": _DIRECTIONS[entry.direction],
        "text": entry.text,
    }


def _item(item: Item) -> dict[str, object]:
    return {"name": item.name, "count": item.count, "excuse": item.excuse}


def _comparison(comparison: Comparison) -> dict[str, object]:
    return {
        "with": {
            "subject": comparison.earlier.subject,
            "specification": comparison.earlier.specification,
            "started": comparison.earlier.started.isoformat(timespec="seconds"),
        },
        "newlyFailing": _changes(comparison.newly_failing),
        "newlyPassing": _changes(comparison.newly_passing),
        "changed": _changes(comparison.changed),
        "new": _changes(comparison.new),
        "gone": _changes(comparison.gone),
    }


def _changes(changes: Sequence[Change]) -> list[dict[str, object]]:
    return [{"id": each.scenario, "before": each.before, "now": each.now} for each in changes]


def _counts(counts: Mapping[Verdict, int]) -> dict[str, int]:
    return {str(verdict): count for verdict, count in counts.items()}


def _dump(value: dict[str, object]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
