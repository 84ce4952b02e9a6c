"""The reference page of the scenarios, written from the scenarios themselves.

python -m palaver_conformance.scenarios.page docs/reference/scenarios.md
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from palaver_conformance.generated import CAPABILITIES
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import all_scenarios

_HEAD = """\
<!-- Written by `make reference` from the scenarios themselves. Do not edit. -->

# Scenarios

All that `palaver conform` asks of a server, by capability: what is required, and where that stands. A scenario applies
where the documents have what it needs. `palaver conform --show ID` shows its steps, `--only ID` runs it alone, and
`--tag TAG` runs all that have a tag, which the capability is. `G1` and the like are test cases of the guide.

| capability | scenarios |
|---|---:|
"""
_GENERATED = """
They are generated from the documents: `…` is an operation of the vocabulary.

| what is required | source | scenarios |
|---|---|---|
"""


def page() -> str:
    """Return the reference page, in Markdown."""
    scenarios = sorted(all_scenarios(), key=attrgetter("capability"))
    chapters = {name: list(each) for name, each in groupby(scenarios, key=attrgetter("capability"))}
    rows = [f"| [{name}](#{name}) | {len(each)} |\n" for name, each in chapters.items()]
    sections = [line for name, each in chapters.items() for line in _section(name, each)]
    return "".join([_HEAD, *rows, f"| all | {len(scenarios)} |\n", *sections])


def _section(capability: str, scenarios: Sequence[Scenario]) -> Iterator[str]:
    yield f"\n## {capability}\n"
    if capability in CAPABILITIES:
        yield from _alike(scenarios)
        return
    yield "\n| id | title | what is required | source |\n|---|---|---|---|\n"
    for each in scenarios:
        case = f" ({each.case})" if each.case else ""
        yield f"| `{each.id}`{case} | {_cell(each.title)} | {_cell(each.requirement)} | {_cell(each.source)} |\n"


def _alike(scenarios: Sequence[Scenario]) -> Iterator[str]:
    """Yield scenarios that are made of one another by putting in another operation: what is required stands once."""
    alike: dict[tuple[str, str], list[str]] = {}
    for each in scenarios:
        means, _, _ = each.needs[0].partition("@")
        alike.setdefault((each.requirement.replace(means, "`…`"), each.source), []).append(f"`{each.id}`")
    yield _GENERATED
    for (requirement, source), ids in alike.items():
        yield f"| {_cell(requirement)} | {_cell(source)} | {', '.join(ids)} |\n"


def _cell(text: str) -> str:
    """Return text as it stands in a cell of a table in Markdown."""
    return text.replace("|", "\\|").replace("<", "\\<").replace("*", "\\*")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
