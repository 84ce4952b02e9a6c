"""The report for programs."""

import json
from collections.abc import Sequence

from palaver_conformance.report.summary import Run
from palaver_conformance.scenario import Scenario
from palaver_conformance.verdict import Outcome

_VERSION = 1


def report(run: Run) -> str:
    """Return a run as JSON; `version` rises when the form changes in a way that breaks readers."""
    return _dump(
        {
            "version": _VERSION,
            "subject": run.subject,
            "specification": run.specification,
            "urls": list(run.urls),
            "conformant": run.exit_code == 0,
            "exitCode": run.exit_code,
            "seconds": round(run.seconds, 3),
            "seed": run.seed,
            "stopped": run.stopped,
            "left": run.left,
            "complaints": list(run.complaints),
            "counts": {str(verdict): count for verdict, count in run.counts.items()},
            "coverage": run.coverage.table(),
            "scenarios": [_outcome(outcome) for outcome in run.outcomes],
        }
    )


def listing(scenarios: Sequence[Scenario]) -> str:
    """Return the scenarios as JSON."""
    return _dump({"version": _VERSION, "scenarios": [_scenario(each) for each in scenarios]})


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
        "arrived": list(outcome.arrived),
        "wire": list(outcome.wire),
        "tally": {str(verdict): count for verdict, count in outcome.tally.items()},
    }


def _dump(value: dict[str, object]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
