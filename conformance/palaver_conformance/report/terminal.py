"""The report for people, and progress while they wait."""

import os
import re
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from palaver_conformance.evidence.trace import Entry, shortened
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.report.comparison import Comparison
from palaver_conformance.report.excerpt import excerpt
from palaver_conformance.report.summary import Run
from palaver_conformance.scenario import Scenario

_MARKS = {
    Verdict.PASS: ("ok", "32"),
    Verdict.FAIL: ("FAIL", "31"),
    Verdict.KNOWN_FAILURE: ("known", "33"),
    Verdict.NOT_APPLICABLE: ("n/a", "33"),
    Verdict.UNTESTABLE: ("UNTESTABLE", "31"),
    Verdict.HARNESS_ERROR: ("HARNESS ERROR", "35"),
}
_WITHOUT_EVIDENCE = (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.KNOWN_FAILURE)
_CLEAR = "\r\x1b[K"
_RED, _FAINT = "31", "2"
# By exit code.
_CONCLUSIONS = {0: "32", 3: "35"}
# Of a line of the wire log where nobody watches, and of running text anywhere.
_LONGEST, _COLUMN = 400, 120
_NAMES = 8
# How many lines of what arrived are shown, from the beginning and from the end: a flood is all alike.
_BEGINNING, _END = 6, 30
# What a server says may have codes that move the cursor.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Terminal:
    """Writes to a stream; colour and progress only where a person watches it."""

    def __init__(self, stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._colour = self._live and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        self._width = shutil.get_terminal_size().columns if self._live else _LONGEST
        self._done = 0

    def progress(self, total: int, outcome: Outcome) -> None:
        """Show how far the run is; nothing at all where nobody watches."""
        self._done += 1
        if self._live:
            line = f"[{self._done}/{total}] {outcome.verdict} {outcome.scenario.id}"
            self._stream.write(_CLEAR + line[: self._width - 1])
            if self._done == total:
                self._stream.write(_CLEAR)
            self._stream.flush()

    @property
    def done(self) -> int:
        """How many outcomes are known."""
        return self._done

    def report(self, run: Run, *, verbose: bool, html: Path | None = None) -> None:
        """Write the whole report: a line for each scenario that is worth one, evidence for failures, the sum.

        `html` is where there is a report with all of the evidence, which is else recommended.
        """
        for outcome in run.outcomes:
            if verbose or outcome.verdict is not Verdict.PASS:
                self._line(outcome)
            if outcome.verdict not in _WITHOUT_EVIDENCE:
                self.evidence(outcome)
                self._write("")
        if run.comparison is not None:
            self._compared(run.comparison)
        self._more(run, html)
        self._write(f"documents: {run.coverage.summary()}")
        self.conclusion(run)

    def listing(self, scenarios: Sequence[Scenario]) -> None:
        """Write what there is to run."""
        for each in scenarios:
            self._write(f"{each.id:<36} {each.case or '-':<4} {each.title}")
            self._write(f"    {each.requirement}")
            needs = ", ".join(each.needs) or "nothing"
            several = f"; {each.instances} instances" if each.instances > 1 else ""
            self._write(f"    source: {each.source}; needs: {needs}{several}; tags: {', '.join(each.tags)}")
        self._write(f"{len(scenarios)} scenarios")

    def scenario(self, each: Scenario) -> None:
        """Write all there is to say of one scenario, its steps as they are run included."""
        self._write(f"{each.id}{f' [{each.case}]' if each.case else ''}: {each.title}")
        for name, value in (
            ("required", each.requirement),
            ("source", each.source),
            ("needs", ", ".join(each.needs) or "nothing"),
            ("instances", str(each.instances) if each.instances > 1 else ""),
            ("disturbs", ", ".join(each.disturbs)),
            ("tags", ", ".join(each.tags)),
        ):
            if value:
                self._write(f"  {name + ':':<11}{value}")
        self._write("")
        for line in each.steps.splitlines():
            self._write(f"  {line}".rstrip())

    def conclusion(self, run: Run) -> None:
        """Write what a run came to, and what of that is no matter of one scenario."""
        for complaint in run.complaints:
            self._write(f"{self._paint('LEDGER', _RED)}  {complaint}")
        if run.stopped:
            self._write(f"{run.left} scenarios were not run to their end: {run.stopped}")
        word = self._paint(run.conclusion, _CONCLUSIONS.get(run.exit_code, _RED))
        seed = f", seed {run.seed}" if run.seed is not None else ""
        where = ", ".join(run.urls)
        judged = f"{run.coverage.frames:,} frames judged, {run.seconds:.1f} s{seed}"
        self._write(f"{word}: {run.title} at {where}: {run.tally}, {judged}")

    def say(self, text: str) -> None:
        """Write a line of its own."""
        self._write(text)

    def _line(self, outcome: Outcome) -> None:
        mark, colour = _MARKS[outcome.verdict]
        scenario = outcome.scenario
        case = f" [{scenario.case}]" if scenario.case else ""
        self._write(f"{self._paint(mark, colour)}  {scenario.id}{case}  {scenario.title}")
        if outcome.reason and outcome.verdict in (Verdict.NOT_APPLICABLE, Verdict.KNOWN_FAILURE):
            self._write(f"    {outcome.reason}")
        if len(outcome.tally) > 1:
            self._write(f"    {_tally(outcome)}")

    def evidence(self, outcome: Outcome) -> None:
        """Write what was required, what was expected, what arrived, and the wire log around it."""
        scenario = outcome.scenario
        self._wrapped(f"required: {scenario.requirement} ({scenario.source})")
        if outcome.reason:
            self._wrapped(_printable(outcome.reason))
        if outcome.arrived:
            self._write("    arrived:")
        for line in _abridged(outcome.arrived):
            if line.startswith("hint: "):
                self._wrapped(_printable(line), "      ")
            else:
                self._write(f"      {self._cut(line)}")
        self._wire(outcome.wire)

    def _wire(self, wire: Sequence[Entry]) -> None:
        part = excerpt(wire)
        if part.entries:
            self._write(f"    wire{f', after {part.before} earlier entries' if part.before else ''}:")
        for entry in part.entries:
            colour = {"!!": _RED, "==": _FAINT, "--": _FAINT}.get(entry.direction, "")
            line = self._cut(str(entry))
            self._write(f"      {self._paint(line, colour) if colour else line}")
        if part.after:
            self._write(f"      (and {part.after} more)")

    def _wrapped(self, text: str, indent: str = "    ") -> None:
        width = min(self._width, _COLUMN)
        self._write(textwrap.fill(text, width, initial_indent=indent, subsequent_indent=f"{indent}  "))

    def _cut(self, line: str) -> str:
        return shortened(_printable(line), max(self._width - 24, 40))

    def _compared(self, comparison: Comparison) -> None:
        groups = [
            f"{len(changes)} {name} ({_few([each.scenario for each in changes])})"
            for name, changes in comparison.groups.items()
            if changes
        ]
        told = "; ".join(groups) or "everything ended as then"
        self._write(f"compared with the run of {comparison.earlier.started:%Y-%m-%d %H:%M}: {told}")

    def _more(self, run: Run, html: Path | None) -> None:
        if html is not None:
            self._write(f"report: {html}")
        elif any(outcome.wire for outcome in run.outcomes):
            self._write("more: --html FILE shows the wire log of each failure as a diagram, whole")

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")


def _tally(outcome: Outcome) -> str:
    """Say how often a repeated scenario ended how."""
    times = sum(outcome.tally.values())
    ends = ", ".join(f"{count} {verdict}" for verdict, count in outcome.tally.items())
    return f"of {times} times: {ends}"


def _abridged(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _BEGINNING - _END
    return list(lines) if more <= 1 else [*lines[:_BEGINNING], f"({more} more)", *lines[-_END:]]


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES])
    return f"{shown} and {len(names) - _NAMES} more" if len(names) > _NAMES else shown


def _printable(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
