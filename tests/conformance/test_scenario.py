"""What a scenario is."""

from dataclasses import replace
from functools import partial

import pytest
from samples import scenario as sample

from palaver_conformance.errors import HarnessError
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import Scenario, scenario
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.subject_file.keys import LIMITS


def test_function_becomes_a_scenario() -> None:
    """Name, docstring and parameters are its title, requirement and needs on stage."""

    @scenario("area.subject.case", source="a book", needs=("message.send",), case="G1")
    async def it_works_well(room: object, registered: object) -> None:
        """It shall
        work.
        """

    assert (it_works_well.title, it_works_well.requirement) == ("it works well", "It shall work.")
    assert it_works_well.needs == ("message.send", "account.register")
    assert it_works_well.capability == "area"
    assert not it_works_well.slow
    assert it_works_well.tags == ("area",)
    assert it_works_well.steps.startswith('@scenario("area.subject.case"')
    assert it_works_well.steps.endswith('    """\n')


def test_tags_say_what_is_peculiar() -> None:
    """The capability, what it takes and does, and words of its own are tags, each once."""

    async def act(stage: Stage) -> None:
        """It shall work."""

    made = scenario("a.b.c", source="a book", instances=2, slow=True, disturbs=("redis",), tags=("x", "a"))(act)
    assert made.tags == ("a", "slow", "disturbing", "instances", "x")
    assert scenario("a.b.c", source="a book", alone=True)(act).tags == ("a", "alone")


def test_what_disturbs_or_uses_up_what_all_share_is_by_itself() -> None:
    """Others may run meanwhile only with what does neither."""
    assert not sample().by_itself
    assert sample(disturbs=("redis",)).by_itself
    assert sample(alone=True).by_itself


def test_steps_of_a_scenario_that_is_made() -> None:
    """The steps of a function of which only the arguments differ are that function's."""

    async def act(what: str) -> None:
        """It shall work."""

    assert replace(made_of(act), act=partial(act, "x")).steps == made_of(act).steps


def made_of(act: object) -> Scenario:
    """Return a scenario of a function."""
    return sample(act=act)


@pytest.mark.parametrize("identity", ["area.subject", "a.b.c.d", "area"])
def test_id_has_three_parts(identity: str) -> None:
    """A malformed id is refused when the module is imported."""

    async def act(stage: Stage) -> None:
        """It shall work."""

    with pytest.raises(HarnessError):
        scenario(identity, source="a book")(act)


def test_unknown_parameters_and_missing_requirements_are_refused() -> None:
    """A scenario cannot ask for what no stage has, nor go without a requirement."""

    async def strange(zorro: object) -> None:
        """It shall work."""

    async def silent() -> None:
        pass

    for act in (strange, silent):
        with pytest.raises(HarnessError):
            scenario("a.b.c", source="a book")(act)


def test_ids_are_unique_and_the_seed_cases_complete() -> None:
    """No id is used twice, and each of the twenty seed cases has its scenario."""
    scenarios = all_scenarios()
    assert len({each.id for each in scenarios}) == len(scenarios)
    assert {each.case for each in scenarios} - {None} == {f"G{number}" for number in range(1, 21)}


def test_limits_that_scenarios_are_about_exist() -> None:
    """Each is one that a subject file can name."""
    named = {each.limit for each in all_scenarios()} - {None}
    assert {"frame", "unread", "members"} <= named <= LIMITS.keys()
