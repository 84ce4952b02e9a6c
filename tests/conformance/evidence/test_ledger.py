"""The ledger of known failures."""

from datetime import date
from pathlib import Path

import pytest
from samples import outcome

from palaver_conformance.errors import UsageError
from palaver_conformance.evidence import ledger
from palaver_conformance.evidence.verdict import Outcome, Verdict

TODAY = date(2026, 11, 20)
ENTRY = "{scenario}:\n  reason: ticket 12\n  owner: chat team\n  expires: {expires}\n"


def settled(folder: Path, *outcomes: Outcome, scenario: str = "a.b.c", expires: str = "2026-11-20") -> tuple:
    """Settle outcomes by a ledger with one entry; a.b.c, a.b.d and what was run are known."""
    path = folder / "known.yaml"
    path.write_text(ENTRY.format(scenario=scenario, expires=expires))
    return ledger.load(path).settle(outcomes, {"a.b.c", "a.b.d"}, TODAY)


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.UNTESTABLE])
def test_known_failure_is_marked(verdict: Verdict, tmp_path: Path) -> None:
    """A failure that is known has a verdict of its own, on its last day too; others stay as they are."""
    outcomes, complaints = settled(tmp_path, outcome(verdict, "a.b.c"), outcome(verdict, "a.b.d"))
    known, other = outcomes
    assert (known.verdict, other.verdict) == (Verdict.KNOWN_FAILURE, verdict)
    assert known.reason == "known: ticket 12 (chat team, until 2026-11-20); expected a wonder"
    assert complaints == []


@pytest.mark.parametrize(
    ("verdict", "scenario", "expires", "told"),
    [
        (Verdict.PASS, "a.b.c", "2026-11-20", "a.b.c is listed as a known failure, and passes: remove the entry"),
        (Verdict.NOT_APPLICABLE, "a.b.c", "2026-11-20", "a.b.c does not apply (expected a wonder)"),
        (Verdict.FAIL, "a.b.c", "2026-11-19", "a.b.c was to be mended by chat team until 2026-11-19: ticket 12"),
        (Verdict.FAIL, "a.b.cc", "2026-11-20", "no scenario is called a.b.cc: did you mean a.b.c?"),
        (Verdict.FAIL, "zzz", "2026-11-20", "no scenario is called zzz: remove the entry"),
    ],
)
def test_wrong_entries_are_told(verdict: Verdict, scenario: str, expires: str, told: str, tmp_path: Path) -> None:
    """An unexpected pass, an expired entry and one that matches nothing are told by their place, and excuse nothing."""
    outcomes, complaints = settled(tmp_path, outcome(verdict, "a.b.c"), scenario=scenario, expires=expires)
    assert [each.verdict for each in outcomes] == [verdict]
    (complaint,) = complaints
    assert complaint.startswith(f"{tmp_path / 'known.yaml'}:1:1: ")
    assert told in complaint


def test_part_about_one_scenario(tmp_path: Path) -> None:
    """The ledger can be asked scenario by scenario; without outcomes it is about entries that match nothing."""
    path = tmp_path / "known.yaml"
    path.write_text(
        ENTRY.format(scenario="a.b.c", expires="2026-11-20") + ENTRY.format(scenario="zz", expires="2026-11-20")
    )
    whole = ledger.load(path)
    assert [each.scenario for each in whole.of("a.b.c").entries] == ["a.b.c"]
    assert whole.of("a.b.d").entries == []
    assert whole.settle([], {"a.b.c"}, TODAY)[1] == [f"{path}:5:1: no scenario is called zz: remove the entry"]


def test_nothing_is_said_of_what_was_not_run(tmp_path: Path) -> None:
    """Whoever runs a part of the scenarios need not have another ledger for it."""
    assert settled(tmp_path, outcome(Verdict.PASS, "a.b.d")) == ([outcome(Verdict.PASS, "a.b.d")], [])


def test_harness_error_is_not_excused(tmp_path: Path) -> None:
    """That the harness failed is never what was known."""
    (only,), _ = settled(tmp_path, outcome(Verdict.HARNESS_ERROR, "a.b.c"))
    assert only.verdict is Verdict.HARNESS_ERROR


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a.b.c: soon\n", "known.yaml:1:8: a.b.c is no group of keys"),
        ("a.b.c:\n  reason: x\n  owner: ''\n", "a.b.c has no owner and no expires"),
        ("a.b.c: {reason: x, owner: y, expires: soon}\n", "known.yaml:1:39: 'soon' is no date; write it like 2026-"),
        ("a.b.c: {reason: x, owner: y, expires: 2026-12-31, until: z}\n", "there is no key 'until' in an entry"),
    ],
)
def test_wrong_ledgers_are_refused(text: str, told: str, tmp_path: Path) -> None:
    """An entry says why, whose business it is and until when; what does not is told with its place."""
    path = tmp_path / "known.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        ledger.load(path)
    assert told in str(refused.value)


def test_toml_will_do(tmp_path: Path) -> None:
    """A ledger may be TOML, where a date is no text."""
    path = tmp_path / "known.toml"
    path.write_text('["a.b.c"]\nreason = "x"\nowner = "y"\nexpires = 2026-12-31\n')
    (entry,) = ledger.load(path).entries
    assert (entry.scenario, entry.expires, entry.place.line) == ("a.b.c", date(2026, 12, 31), 1)
