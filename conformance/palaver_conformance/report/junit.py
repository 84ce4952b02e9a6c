"""The report for CI servers, as JUnit XML."""

import re
from xml.etree import ElementTree as ET

from palaver_conformance.report.summary import Run
from palaver_conformance.verdict import Outcome, Verdict

# What XML 1.0 cannot hold, not even escaped; a server's answer may contain any of it.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report(run: Run) -> str:
    """Return a run as a JUnit test suite.

    Failed and untestable scenarios are failures, harness errors are errors, scenarios that do not apply are skipped.
    """
    counts = run.counts
    suite = ET.Element(
        "testsuite",
        name=f"conformance: {run.specification}",
        tests=str(len(run.outcomes)),
        failures=str(counts[Verdict.FAIL] + counts[Verdict.UNTESTABLE]),
        errors=str(counts[Verdict.HARNESS_ERROR]),
        skipped=str(counts[Verdict.NOT_APPLICABLE]),
        time=f"{run.seconds:.3f}",
    )
    for outcome in run.outcomes:
        suite.append(_case(outcome))
    ET.indent(suite)
    text = ET.tostring(suite, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _case(outcome: Outcome) -> ET.Element:
    scenario = outcome.scenario
    case = ET.Element("testcase", classname=scenario.capability, name=scenario.id, time=f"{outcome.seconds:.3f}")
    element = {
        Verdict.FAIL: "failure",
        Verdict.UNTESTABLE: "failure",
        Verdict.HARNESS_ERROR: "error",
        Verdict.NOT_APPLICABLE: "skipped",
    }.get(outcome.verdict)
    if element is not None:
        detail = ET.SubElement(case, element, message=_printable(outcome.reason))
        if element != "skipped":
            detail.set("type", str(outcome.verdict))
            required = f"required: {scenario.requirement} ({scenario.source})"
            detail.text = _printable("\n".join([required, "arrived:", *outcome.arrived, "wire:", *outcome.wire]))
    return case


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
