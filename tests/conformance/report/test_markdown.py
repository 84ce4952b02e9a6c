"""The report as Markdown."""

from dataclasses import replace

from markdown_it import MarkdownIt
from samples import outcome, run

from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.report.markdown import report


def rendered(text: str) -> str:
    """Return what a reader of the Markdown sees, as HTML."""
    return MarkdownIt("gfm-like", {"linkify": False}).render(text)


def test_conclusion_and_counts() -> None:
    """The heading says what came of it, a table how many ended how; what passed needs no more words."""
    text = report(run(Verdict.PASS, Verdict.PASS, Verdict.NOT_APPLICABLE))
    page = rendered(text)
    assert "<h2>Conformance of toy: conformant</h2>" in page
    assert '<td>pass</td>\n<td style="text-align:right">2</td>' in page
    assert "case0" not in text
    assert "3 scenarios in 1.5 s, palaver " in text
    assert "## Conformance of toy: not conformant" in report(run(Verdict.FAIL))
    assert "## Conformance of ours, toy: harness error" in report(replace(run(Verdict.HARNESS_ERROR), subject="ours"))


def test_failure_can_be_unfolded() -> None:
    """Each failure says why, and holds the requirement, what arrived and the wire log."""
    page = rendered(report(run(Verdict.PASS, Verdict.FAIL, Verdict.UNTESTABLE)))
    assert "<details><summary><code>area.subject.case1</code>: expected a wonder</summary>" in page
    assert "<code>area.subject.case2</code> (untestable): expected a wonder" in page
    assert "<p>Required: It shall work. (a book)</p>" in page
    assert "nothing &amp; &lt;nobody&gt;" in page
    assert page.count("<details>") == page.count("</details>") == 2


def test_nothing_that_a_server_says_is_markup() -> None:
    """What arrived stays what it is, even when it tries to end the block that holds it."""
    said = ["````", "</details><script>x()</script>", "# loud"]
    bad = outcome(Verdict.FAIL, reason="expected `a` <b>*wonder*</b>\nof two lines", arrived=said)
    page = rendered(report(replace(run(), outcomes=[bad])))
    assert "<script>" not in page
    assert "<h1>" not in page
    assert "expected `a` &lt;b&gt;*wonder*&lt;/b&gt; of two lines</summary>" in page
    assert "<code>````\n&lt;/details&gt;" in page


def test_known_failures_and_a_wrong_ledger_are_named() -> None:
    """They are no failures, and yet to be seen."""
    text = report(replace(run(Verdict.PASS, Verdict.KNOWN_FAILURE), complaints=["known.yaml:1:1: a.b.c passes"]))
    assert "- `area.subject.case1`: expected a wonder" in text
    assert "- known.yaml:1:1: a.b.c passes" in text
    assert "not conformant" in text


def test_run_that_was_stopped() -> None:
    """It says why and how much is left."""
    text = report(replace(run(Verdict.PASS), stopped="it ended\n  | Killed", left=7))
    assert "## Conformance of toy: stopped" in text
    assert "7 scenarios were not run to their end:\n\n```\nit ended\n  | Killed\n```" in text


def test_many_failures_stay_within_what_is_shown() -> None:
    """A summary of more than 1 MiB is not shown at all, so later failures are only named."""
    text = report(run(*[Verdict.FAIL] * 300))
    assert text.count("<details>") == 50
    assert "And 250 more: `area.subject.case50`, " in text
    long = outcome(Verdict.FAIL, reason="x" * 10**5, arrived=["y" * 10**5] * 3)
    assert len(report(replace(run(), outcomes=[long] * 300))) < 2**20
