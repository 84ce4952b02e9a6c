"""The report for CI servers, as JUnit XML."""

import re
from xml.etree import ElementTree as ET

from palaver_conformance.evidence.trace import shortened
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.report.summary import Run

_LONGEST = 400

# What XML 1.0 cannot hold, not even escaped; a server's answer may contain any of it.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report(run: Run) -> str:
    """Return a run as a JUnit test suite.

    Failed and untestable scenarios are failures, harness errors are errors; scenarios that do not apply, and those that
    are known to fail, are skipped. Each complaint about the ledger is a failed case of its own, and a run that was
    stopped has an error.
    """
    counts = run.counts
    suite = ET.Element(
        "testsuite",
        name=f"conformance: {run.specification}",
        tests=str(len(run.outcomes) + len(run.complaints) + bool(run.stopped)),
        failures=str(counts[Verdict.FAIL] + counts[Verdict.UNTESTABLE] + len(run.complaints)),
        errors=str(counts[Verdict.HARNESS_ERROR] + bool(run.stopped)),
        skipped=str(counts[Verdict.NOT_APPLICABLE] + counts[Verdict.KNOWN_FAILURE]),
        time=f"{run.seconds:.3f}",
        timestamp=run.started.isoformat(timespec="seconds"),
    )
    for outcome in run.outcomes:
        suite.append(_case(outcome))
    for complaint in run.complaints:
        case = ET.SubElement(suite, "testcase", classname="ledger", name=_printable(complaint))
        ET.SubElement(case, "failure", message=_printable(complaint), type="ledger")
    if run.stopped:
        case = ET.SubElement(suite, "testcase", classname="run", name="all scenarios are run")
        ET.SubElement(case, "error", message=_printable(run.stopped), type="stopped")
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
        Verdict.KNOWN_FAILURE: "skipped",
    }.get(outcome.verdict)
    if element is not None:
        detail = ET.SubElement(case, element, message=_printable(outcome.reason))
        if element != "skipped":
            detail.set("type", str(outcome.verdict))
            required = f"required: {scenario.requirement} ({scenario.source})"
            wire = [shortened(str(entry), _LONGEST) for entry in outcome.wire]
            detail.text = _printable("\n".join([required, "arrived:", *outcome.arrived, "wire:", *wire]))
    return case


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
