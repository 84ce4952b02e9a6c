"""What a scenario is."""

import pytest

from palaver_conformance.errors import HarnessError
from palaver_conformance.scenario import scenario
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.stage import Stage


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
