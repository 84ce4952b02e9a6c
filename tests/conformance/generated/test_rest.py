"""REST at random: an honest server passes, one that fails is caught."""

import pytest
import yaml
from samples import failures, judge, untried

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.generated import those_for
from palaver_conformance.generated.rest import _has_links, rest
from palaver_conformance.scenario import RANDOM

SCENARIOS = {each.id: each for each in rest()}
SOME = ("rest.conversation-list.drawn", "rest.message-edit.drawn", "rest.links.followed")


@pytest.mark.parametrize("spec", sources.known())
def test_every_endpoint_is_tried(spec: str) -> None:
    """There is a scenario for each REST operation of the documents, and for their links where there are any."""
    known = sources.load(spec)
    wanted = {f"rest.{each.means.replace('.', '-')}.drawn" for each in known.operations if each.via == "http"}
    found = {each.id for each in those_for(known, list(SCENARIOS.values()))}
    assert found - {"rest.links.followed"} == wanted
    assert ("rest.links.followed" in found) == _has_links(known) == bool(wanted)


def test_links_lead_to_operations() -> None:
    """Every operation that can be named by what another one answered is led to by a link."""
    for spec in sources.known():
        document = sources.load(spec).openapi
        operations = {each["operationId"] for item in document.get("paths", {}).values() for each in item.values()}
        led_to = {each["operationId"] for each in document.get("components", {}).get("links", {}).values()}
        assert led_to <= operations
        assert yaml.safe_dump(document).count("$response.body") >= len(led_to) - 1


def test_scenarios_say_what_they_are() -> None:
    """Each has a title of its own, and the tag of what is random."""
    assert len({each.title for each in SCENARIOS.values()}) == len(SCENARIOS)
    assert all(RANDOM in each.tags for each in SCENARIOS.values())


async def test_honest_server_passes(reference: str, shipped: Contract) -> None:
    """The reference server answers as its document has it, whatever it is asked."""
    outcomes = await judge(reference, shipped, [SCENARIOS[each] for each in SOME])
    assert failures(outcomes) == []
    assert untried(outcomes, shipped) == []


async def test_other_answers_are_found(reference: str, shipped: Contract) -> None:
    """A server whose answers are other than its document says fails, with a request that shows it."""
    from dataclasses import replace

    document = yaml.safe_load(yaml.safe_dump(dict(shipped.openapi)))
    listed = document["paths"]["/conversations"]["get"]["responses"]
    listed["202"] = listed.pop("200")
    outcomes = await judge(reference, replace(shipped, openapi=document), [SCENARIOS["rest.conversation-list.drawn"]])
    found = outcomes["rest.conversation-list.drawn"]
    assert "Undocumented status code" in found.reason
    assert "curl -X GET" in found.arrived[1]
    assert "Bearer" not in str(found.arrived)
