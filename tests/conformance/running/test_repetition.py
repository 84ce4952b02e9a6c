"""Several rounds as one."""

from samples import outcome

from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.running.repetition import combined


def test_one_round_is_as_it_is() -> None:
    """Without repetition there is no tally."""
    (only,) = combined([[outcome(Verdict.FAIL)]])
    assert (only.verdict, only.tally) == (Verdict.FAIL, {})


def test_the_worst_counts() -> None:
    """A scenario that failed once has failed, with the evidence of that time, and says how often."""
    rounds = [
        [outcome(Verdict.PASS, "a.b.c"), outcome(Verdict.PASS, "a.b.d")],
        [outcome(Verdict.FAIL, "a.b.c", reason="first"), outcome(Verdict.PASS, "a.b.d")],
        [outcome(Verdict.FAIL, "a.b.c", reason="second")],
    ]
    flaky, sound = combined(rounds)
    assert (flaky.scenario.id, flaky.verdict, flaky.reason) == ("a.b.c", Verdict.FAIL, "first")
    assert flaky.tally == {Verdict.PASS: 1, Verdict.FAIL: 2}
    assert (sound.verdict, sound.tally) == (Verdict.PASS, {Verdict.PASS: 2})


def test_every_verdict_has_its_place() -> None:
    """Whatever a scenario can end with when it is run, one end of it is the worst."""
    ends = [verdict for verdict in Verdict if verdict is not Verdict.KNOWN_FAILURE]
    (worst,) = combined([[outcome(verdict)] for verdict in ends])
    assert worst.verdict is Verdict.HARNESS_ERROR
