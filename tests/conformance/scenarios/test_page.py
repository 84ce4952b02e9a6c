"""The reference page of the scenarios."""

import re
from pathlib import Path

from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.scenarios.page import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "scenarios.md"


def test_page_is_what_the_scenarios_say() -> None:
    """Who changes a scenario has the page written anew: make reference."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_scenario_is_there_once() -> None:
    """Each stands under its capability, the generated ones too, and is counted."""
    chapters = re.split(r"^## (.+)$", page(), flags=re.MULTILINE)
    found = {
        identity: capability
        for capability, chapter in zip(chapters[1::2], chapters[2::2], strict=True)
        for identity in re.findall(r"`([a-z]+\.[a-z-]+\.[a-z-]+)`", chapter)
    }
    assert found == {each.id: each.capability for each in all_scenarios()}
    assert f"| all | {len(all_scenarios())} |" in chapters[0]


def test_a_row_has_case_title_requirement_and_source() -> None:
    """What is required is told in the words of the scenario, and what is made for many operations once for them all."""
    (scenario,) = [each for each in all_scenarios() if each.case == "G1"]
    told = f"| `{scenario.id}` (G1) | {scenario.title} | {scenario.requirement} | {scenario.source} |\n"
    assert told in page()
    negatives = page().partition("\n## negatives\n")[2].partition("\n## ")[0]
    assert negatives.count("a good request for `…` is carried out afterwards") == 1
