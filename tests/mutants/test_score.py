"""The score counts what is killed, and by what it should be; a survivor is named and fails the run."""

import pytest
from mutants.defect import Defect, Tier
from mutants.foreign import VARIANTS
from mutants.reference import MUTANTS
from mutants.score import FOREIGN, REFERENCE, TESTED, Place, Trial, attempt, chosen, control, run, table, verdict
from mutants.unseen import UNSEEN

from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.timing import Timing

SCENARIOS = {each.id: each for each in all_scenarios()}
DEFECT = Defect(name="is-broken", killer="messages.send.broadcast", because="the message", tier=Tier.SUBTLE)


def outcome(verdict: Verdict, reason: str = "", arrived: tuple[str, ...] = ()) -> Outcome:
    """Return the outcome of the defect's killer."""
    return Outcome(SCENARIOS[DEFECT.killer], verdict, 0.1, reason, arrived=arrived)


@pytest.mark.parametrize("found", [("expected the message to be told", ()), ("expected peace", ("leak: the message",))])
def test_a_failure_for_the_named_reason_kills(found: tuple[str, tuple[str, ...]]) -> None:
    """The reason stands in what was expected, or in what arrived and what the checkers found."""
    assert DEFECT.survives(outcome(Verdict.FAIL, *found)) is None


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (outcome(Verdict.PASS), "messages.send.broadcast: pass"),
        (outcome(Verdict.UNTESTABLE, "while setting the stage"), "untestable: while setting the stage"),
        (outcome(Verdict.NOT_APPLICABLE, "no such event"), "not-applicable: no such event"),
        (outcome(Verdict.HARNESS_ERROR, "KeyError"), "harness-error: KeyError"),
        (outcome(Verdict.FAIL, "expected an end within 30 s"), "not because of 'the message': expected an end within"),
    ],
)
def test_anything_else_is_survived(found: Outcome, told: str) -> None:
    """A pass, a scenario that was not played, and a failure for another reason kill nothing."""
    survived = DEFECT.survives(found)
    assert survived is not None
    assert told in survived


def test_the_score_is_given_by_tier_and_server() -> None:
    """Each tier has how many were killed of how many, for each server, and then there are all of them."""
    plain = Defect(name="plain", killer="a.b.c", because="")
    trials = [
        Trial(REFERENCE, plain, None),
        Trial(REFERENCE, DEFECT, "it passed"),
        Trial(FOREIGN, plain, None),
        Trial(FOREIGN, plain, None),
    ]
    assert [line.split() for line in table(trials)] == [
        ["tier", "reference", "foreign", "tested"],
        ["plain", "1/1", "2/2", "-"],
        ["subtle", "0/1", "-", "-"],
        ["instances", "-", "-", "-"],
        ["faults", "-", "-", "-"],
        ["all", "1/2", "2/2", "-"],
    ]


def test_a_survivor_fails_the_run_and_is_named() -> None:
    """The exit code is 0 only when none survives."""
    killed, survivor = Trial(REFERENCE, DEFECT, None), Trial(FOREIGN, DEFECT, "it passed")
    assert verdict([killed]) == (["1 of 1 killed, each by its own scenario: 100 %"], 0)
    lines, code = verdict([killed, survivor])
    assert code == 1
    assert lines == [
        "survived: foreign is-broken: it passed",
        "1 of 2 killed, each by its own scenario: 50 %",
    ]


async def test_a_server_that_does_not_start_was_not_killed() -> None:
    """A mutant that is none ends the server before it answers, and that is no merit of a scenario."""
    unknown = Defect(name="auth:no-such-mutant", killer=DEFECT.killer, because="")
    assert "could not be tried" in str((await attempt(REFERENCE, unknown, Timing(2.0))).survived)


async def test_an_unbroken_server_gives_no_alarm() -> None:
    """A killer that passes is none; one that does not, for whatever reason, is told."""
    place = Place(REFERENCE, "gateway", 1)
    (alarm,) = await control(place, [DEFECT.killer, "instances.message.crosses"], Timing(2.0))
    assert alarm.startswith("false alarm: reference gateway: instances.message.crosses: not-applicable: it takes 2")


async def test_a_pattern_that_fits_nothing_is_told() -> None:
    """A misspelled name does not pass for a perfect score."""
    said: list[str] = []
    assert await run(["no-such-mutant"], 1, Timing(), said.append) == 2
    assert said == ["no mutant has a name or a killer like that"]


def test_names_and_killers_and_servers_are_chosen_by() -> None:
    """A pattern picks by the name, by the killer, or all of a server; without any all are tried."""
    assert [each.name for _, each in chosen(["swaps-*"])] == ["swaps-neighbours", "swaps-neighbours"]
    assert {each.killer for _, each in chosen(["limits.*"])} >= {"limits.messages.rate"}
    assert {server for server, _ in chosen(["foreign"])} == {FOREIGN}
    assert len(chosen([])) == len(MUTANTS) + len(VARIANTS) + len(UNSEEN)


def test_every_mutant_names_a_scenario_and_a_reason() -> None:
    """Killers exist, take as many instances as the mutant has, and reasons are given."""
    for server, each in chosen([]):
        if server == TESTED:
            continue
        assert each.killer in SCENARIOS, each.name
        assert SCENARIOS[each.killer].instances <= each.instances, each.name
        assert each.because, f"{server} {each.name}"
        assert (each.instances > 1) == (each.tier in (Tier.INSTANCES, Tier.FAULTS)), each.name


def test_there_are_enough_of_them() -> None:
    """Sixty of the reference server and twenty of another team's, some of every tier."""
    assert len(MUTANTS) >= 60
    assert len(VARIANTS) >= 20
    assert {each.tier for each in MUTANTS.values()} == set(Tier)
