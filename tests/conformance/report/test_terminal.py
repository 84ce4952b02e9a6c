"""The report for people."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from samples import outcome, run, scenario, wire

from palaver_conformance.evidence.trace import Entry
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.report.comparison import Earlier, compare
from palaver_conformance.report.terminal import Terminal
from palaver_conformance.scenarios import all_scenarios


class Screen(io.StringIO):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_failure_shows_its_evidence() -> None:
    """A failed scenario shows requirement, source, expectation, what arrived and the wire log."""
    stream = io.StringIO()
    Terminal(stream, {}).report(run(Verdict.PASS, Verdict.FAIL), verbose=False)
    text = stream.getvalue()
    for part in ("It shall work.", "a book", "expected a wonder", "nothing & <nobody>", '-> 420["say"', "[G5]"):
        assert part in text
    assert "not conformant: toy at http://127.0.0.1:1: 1 pass, 1 fail, 0 frames judged, 1.5 s" in text
    assert "documents: operations 0/3" in text
    assert "case0" not in text


def test_verbose_names_the_passed_ones() -> None:
    """With --verbose every scenario has its line."""
    stream = io.StringIO()
    Terminal(stream, {}).report(run(Verdict.PASS), verbose=True)
    assert "ok  area.subject.case0" in stream.getvalue()
    assert "\nconformant: " in stream.getvalue()


def test_not_applicable_says_why() -> None:
    """A scenario that does not apply shows its reason and no evidence; nothing proven is not conformant."""
    stream = io.StringIO()
    Terminal(stream, {}).report(run(Verdict.NOT_APPLICABLE), verbose=False)
    assert "n/a  area.subject.case0" in stream.getvalue()
    assert "expected a wonder" in stream.getvalue()
    assert "wire:" not in stream.getvalue()
    assert "not conformant" in stream.getvalue()


def test_no_scenario_at_all_is_said() -> None:
    """An empty run does not look like success."""
    stream = io.StringIO()
    Terminal(stream, {}).report(run(), verbose=False)
    assert "not conformant: toy at http://127.0.0.1:1: nothing ran" in stream.getvalue()


def test_known_failure_is_no_evidence() -> None:
    """A known failure has a line and its reason, is counted by itself, and fails nothing."""
    stream = io.StringIO()
    Terminal(stream, {}).report(run(Verdict.PASS, Verdict.KNOWN_FAILURE), verbose=False)
    text = stream.getvalue()
    assert "known  area.subject.case1" in text
    assert "expected a wonder" in text
    assert "wire:" not in text
    assert "\nconformant: toy at http://127.0.0.1:1: 1 pass, 1 known-failure" in text


def test_complaints_about_the_ledger_are_shown() -> None:
    """An entry that is wrong has a line, and the word at the end is not conformant."""
    stream = io.StringIO()
    Terminal(stream, {}).report(replace(run(Verdict.PASS), complaints=["known.yaml:3:1: a.b.c passes"]), verbose=False)
    assert "LEDGER  known.yaml:3:1: a.b.c passes" in stream.getvalue()
    assert "\nnot conformant: " in stream.getvalue()


def test_early_end_is_said() -> None:
    """A run that was stopped says why, and how many scenarios it left; it draws no conclusion."""
    stream = io.StringIO()
    whole = replace(run(Verdict.PASS), subject="ours", stopped="the server is gone", left=4, seed=7)
    Terminal(stream, {}).report(whole, verbose=False)
    text = stream.getvalue()
    assert "4 scenarios were not run to their end: the server is gone" in text
    assert "\nstopped: ours, toy at http://127.0.0.1:1: 1 pass, 0 frames judged, 1.5 s, seed 7" in text


def test_repetitions_are_told() -> None:
    """A scenario that did not always end alike shows how often it ended how."""
    stream = io.StringIO()
    flaky = outcome(Verdict.FAIL, tally={Verdict.PASS: 47, Verdict.FAIL: 3})
    Terminal(stream, {}).report(replace(run(), outcomes=[flaky]), verbose=False)
    assert "of 50 times: 47 pass, 3 fail" in stream.getvalue()


def test_scenario_is_shown_with_its_steps() -> None:
    """All there is to say of a scenario, the code that runs included."""
    stream = io.StringIO()
    each = next(each for each in all_scenarios() if each.case == "G5")
    Terminal(stream, {}).scenario(each)
    text = stream.getvalue()
    for part in (each.id, "[G5]", each.requirement, each.source, "message.created", "tags:", "await refused("):
        assert part in text


@pytest.mark.parametrize(
    ("stream", "environment", "coloured"),
    [
        (Screen(), {}, True),
        (Screen(), {"NO_COLOR": "1"}, False),
        (Screen(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colour_only_on_a_terminal(stream: io.StringIO, environment: dict[str, str], coloured: bool) -> None:
    """Colour is for terminals, and NO_COLOR turns it off there too."""
    Terminal(stream, environment).report(run(Verdict.FAIL), verbose=False)
    assert ("\x1b[" in stream.getvalue()) is coloured


def test_progress_only_on_a_terminal() -> None:
    """Progress overwrites itself on a terminal, and is not in a file at all."""
    watched, written = Screen(), io.StringIO()
    for stream in (watched, written):
        Terminal(stream, {}).progress(2, outcome(Verdict.PASS))
    assert "[1/2] pass area.subject.case" in watched.getvalue()
    assert written.getvalue() == ""


def test_listing() -> None:
    """The listing has id, case, title, requirement, source and needs of each scenario."""
    stream = io.StringIO()
    known = scenario("a.b.c", case="G7", needs=("message.send",), instances=2, tags=("a", "b"))
    Terminal(stream, {}).listing([known, scenario("a.b.d")])
    text = stream.getvalue()
    for part in (
        "a.b.c",
        "G7",
        "it works",
        "It shall work.",
        "a book",
        "message.send",
        "2 instances",
        "2 scenarios",
        "tags: a, b",
    ):
        assert part in text


def test_wire_log_is_that_around_the_failure() -> None:
    """What the judge objected to is there with what led to it; how much is left out on both sides is said."""
    stream = io.StringIO()
    before = [Entry(number / 100, "alice/1", "->", f"early {number}") for number in range(30)]
    failed = outcome(Verdict.FAIL, wire=[*before, *wire()])
    Terminal(stream, {}).report(replace(run(), outcomes=[failed]), verbose=False)
    text = stream.getvalue()
    assert "wire, after 27 earlier entries:" in text
    assert "early 27" in text
    assert "early 26" not in text
    assert "!! event heard breaks its schema" in text
    assert "(and 0 more)" not in text


def test_lines_fit_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal nothing is wider than it; the requirement is broken into lines, packets are cut."""
    monkeypatch.setenv("COLUMNS", "60")
    stream = Screen()
    long = outcome(Verdict.FAIL, wire=[Entry(0, "alice/1", "->", "x" * 500)], reason="expected " + "more words " * 30)
    Terminal(stream, {"NO_COLOR": "1"}).report(replace(run(), outcomes=[long]), verbose=False)
    evidence = stream.getvalue().partition("more: ")[0]
    assert max(map(len, evidence.splitlines())) <= 60
    assert "more)" in evidence


def test_server_cannot_write_on_the_terminal() -> None:
    """Control characters in what a server says are not passed on."""
    stream = io.StringIO()
    rude = outcome(Verdict.FAIL, wire=[Entry(0, "a", "<-", "\x1b[2J")], arrived=["\x07"], reason="expected \x1b]0;x")
    Terminal(stream, {}).report(replace(run(), outcomes=[rude]), verbose=False)
    assert not set(stream.getvalue()) & {"\x1b", "\x07"}


def test_hints_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hint is not cut at the end of a narrow window, as what arrived is, but goes on in the next line."""
    monkeypatch.setenv("COLUMNS", "60")
    stream = Screen()
    hint = "hint: " + " ".join(f"word{number}" for number in range(40))
    failed = replace(outcome(Verdict.FAIL), arrived=["x" * 200, hint])
    Terminal(stream, {"NO_COLOR": "1"}).evidence(failed)
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 60
    assert " ".join(stream.getvalue().split()).count(hint) == 1


def test_flood_is_abridged() -> None:
    """Of very much that arrived the beginning and the end are shown, and how much is between; the last is a hint."""
    stream = io.StringIO()
    lines = [*(f"event {number}." for number in range(100)), "hint: Behold."]
    Terminal(stream, {}).evidence(replace(outcome(Verdict.FAIL), arrived=lines))
    shown = [line.strip() for line in stream.getvalue().splitlines()]
    assert shown[shown.index("event 5.") :][:3] == ["event 5.", "(65 more)", "event 71."]
    assert "hint: Behold." in shown
    assert all(line in shown for line in (lines[0], lines[99]))


def test_more_is_to_be_had(tmp_path: Path) -> None:
    """Evidence comes with a hint at the report that has all of it, or with its place when it was written."""
    for verdict, html, told in (
        (Verdict.FAIL, None, "more: --html FILE"),
        (Verdict.FAIL, tmp_path / "report.html", f"report: {tmp_path / 'report.html'}"),
    ):
        stream = io.StringIO()
        Terminal(stream, {}).report(run(verdict), verbose=False, html=html)
        assert told in stream.getvalue()
    stream = io.StringIO()
    Terminal(stream, {}).report(run(Verdict.PASS), verbose=False)
    assert "--html" not in stream.getvalue()


def test_comparison_is_one_line() -> None:
    """What is different from an earlier run is counted and named; where nothing is, that is said."""
    stream = io.StringIO()
    now = run(*[Verdict.FAIL] * 10)
    earlier = Earlier("", "toy", now.started, {each.scenario.id: Verdict.PASS for each in now.outcomes})
    Terminal(stream, {}).report(replace(now, comparison=compare(earlier, now.outcomes)), verbose=False)
    assert "compared with the run of 2026-05-04 03:02: 10 newly failing (area.subject.case0, " in stream.getvalue()
    assert "area.subject.case7 and 2 more)" in stream.getvalue()
    stream = io.StringIO()
    same = replace(now, comparison=compare(replace(earlier, verdicts={}), ()))
    Terminal(stream, {}).report(same, verbose=False)
    assert "everything ended as then" in stream.getvalue()
