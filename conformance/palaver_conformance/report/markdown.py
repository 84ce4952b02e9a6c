"""The report for the page of a CI run or a pull request, as Markdown."""

import re
from collections.abc import Iterator, Sequence
from html import escape

from palaver_conformance.evidence.trace import shortened
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.report.excerpt import excerpt
from palaver_conformance.report.summary import Run

_BAD = (Verdict.FAIL, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR)
# GitHub shows nothing at all of a summary of more than 1 MiB.
_EVIDENCE, _LONGEST = 50, 400
_FENCE = re.compile("`{3,}")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def report(run: Run) -> str:
    """Return a run as Markdown: the conclusion, a table of the verdicts, and each failure to be unfolded.

    What is known to fail is named, and what does not apply is counted. Of very many failures the last ones are named
    only.
    """
    return "\n".join(_lines(run)) + "\n"


def _lines(run: Run) -> Iterator[str]:
    yield from (f"## Conformance of {_text(run.title)}: {run.conclusion}", "")
    if run.stopped:
        yield from (f"{run.left} scenarios were not run to their end:", "", *_fenced([run.stopped]), "")
    yield from ("| verdict | scenarios |", "|---|---:|")
    yield from (f"| {verdict} | {count} |" for verdict, count in run.counts.items() if count)
    yield ""
    bad = [each for each in run.outcomes if each.verdict in _BAD]
    for outcome in bad[:_EVIDENCE]:
        yield from _unfolding(outcome)
    if bad[_EVIDENCE:]:
        names = ", ".join(f"`{each.scenario.id}`" for each in bad[_EVIDENCE:])
        yield from (f"And {len(bad) - _EVIDENCE} more: {names}", "")
    known = [each for each in run.outcomes if each.verdict is Verdict.KNOWN_FAILURE]
    if known:
        yield from ("Known failures:", "")
        yield from (f"- `{each.scenario.id}`: {_text(each.reason)}" for each in known)
        yield ""
    if run.complaints:
        yield from ("The ledger of known failures is wrong:", "")
        yield from (f"- {_text(each)}" for each in run.complaints)
        yield ""
    yield f"Documents: {_text(run.coverage.summary())}"
    yield ""
    seed = f", seed {run.seed}" if run.seed is not None else ""
    yield f"{len(run.outcomes)} scenarios in {run.seconds:.1f} s{seed}, palaver {run.versions['palaver']}"


def _unfolding(outcome: Outcome) -> Iterator[str]:
    scenario = outcome.scenario
    verdict = "" if outcome.verdict is Verdict.FAIL else f" ({outcome.verdict})"
    told = escape(shortened(" ".join(outcome.reason.split()), _LONGEST))
    yield f"<details><summary><code>{scenario.id}</code>{verdict}: {told}</summary>"
    # Markdown begins anew after an empty line.
    yield from ("", f"Required: {_text(scenario.requirement)} ({_text(scenario.source)})", "")
    if outcome.arrived:
        yield from ("Arrived:", "", *_fenced(outcome.arrived), "")
    part = excerpt(outcome.wire)
    if part.entries:
        before = f", after {part.before} earlier packets" if part.before else ""
        yield from (f"On the wire{before}:", "", *_fenced([str(entry) for entry in part.entries]), "")
    yield from ("</details>", "")


def _fenced(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines, which a server may have written, as code that they cannot end."""
    texts = [shortened(line, _LONGEST) for line in lines]
    longest = max((len(match) for text in texts for match in _FENCE.findall(text)), default=2)
    fence = "`" * max(3, longest + 1)
    yield from (fence, *texts, fence)


def _text(text: str) -> str:
    """Return running text of which nothing is taken for Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
