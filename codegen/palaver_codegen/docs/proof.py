"""Which conformance scenarios prove an operation. They are given, as `palaver conform` lists them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from palaver_codegen.documents.operations import Direction, Operation
from palaver_codegen.documents.tree import Json, mapping, sequence, text
from palaver_codegen.names import singular, words

_TRANSPORTS = {
    Direction.EVENT_IN: "socket",
    Direction.EVENT_OUT: "socket",
    Direction.REQUEST: "http",
    Direction.CALL: "grpc",
}
# Tags of scenarios that try every operation alike; what was thought of for one operation comes before them.
_SWEEPS = frozenset({"matrix", "negatives"})
# One operation or event that stands for two meanings of the vocabulary.
_STANDS_FOR = {
    "typing.set": ("typing.start", "typing.stop"),
    "presence.changed": ("presence.online", "presence.offline"),
}


@dataclass(frozen=True)
class Scenario:
    """What a server has to do, in one sentence, with the requirement that says so. `case` is a test case's number."""

    id: str
    title: str
    requirement: str
    source: str
    case: str
    needs: tuple[str, ...]
    tags: tuple[str, ...] = ()


def read_scenarios(listing: Json) -> tuple[Scenario, ...]:
    """Return the scenarios of what `palaver conform --list --json -` printed; `ValueError` if it is something else."""
    if "scenarios" not in mapping(listing):
        raise ValueError("it has no list of scenarios")
    scenarios = []
    for each in (mapping(each) for each in sequence(mapping(listing)["scenarios"])):
        if not text(each.get("id")):
            raise ValueError("one of its scenarios has no id")
        scenarios.append(
            Scenario(
                id=text(each["id"]),
                title=text(each.get("title")),
                requirement=" ".join(text(each.get("requirement")).split()),
                source=text(each.get("source")),
                case=text(each.get("case")),
                needs=tuple(text(need) for need in sequence(each.get("needs"))),
                tags=tuple(text(tag) for tag in sequence(each.get("tags"))),
            )
        )
    return tuple(scenarios)


class Proofs:
    """The scenarios that a dialect has all the operations for, found by operation."""

    def __init__(self, scenarios: Sequence[Scenario], operations: Iterable[Operation]) -> None:
        meant: set[str] = set()
        for operation in operations:
            for meaning in _meanings(operation):
                meant |= {meaning, f"{meaning}@{_TRANSPORTS[operation.direction]}"}
        self.applicable = [each for each in scenarios if set(each.needs) <= meant]
        plain = [{need.partition("@")[0] for need in each.needs} for each in self.applicable]
        often: Mapping[str, int] = Counter(need for needs in plain for need in needs)
        self._found: dict[str, list[tuple[int, int, Scenario]]] = {}
        for scenario, needs in zip(self.applicable, plain, strict=True):
            for need in needs:
                # A scenario is about what it needs and few others do: everything needs somebody to send a message.
                rarer = sum(often[other] < often[need] for other in needs)
                self._found.setdefault(need, []).append((rarer, len(needs), scenario))

    def of(self, operation: Operation) -> list[Scenario]:
        """Return the scenarios that exercise an operation, those that are about it first."""
        way = f"@{_TRANSPORTS[operation.direction]}"
        ranked: dict[str, tuple[bool, int, int, int, str, Scenario]] = {}
        for meaning in _meanings(operation):
            said = _words(meaning)
            for rarer, size, scenario in self._found.get(meaning, []):
                if meaning in scenario.needs or meaning + way in scenario.needs:
                    swept = not _SWEEPS.isdisjoint(scenario.tags)
                    named = -len(said & _words(scenario.id))
                    ranked.setdefault(scenario.id, (swept, named, rarer, size, scenario.id, scenario))
        return [scenario for *_, scenario in sorted(ranked.values(), key=lambda each: each[:5])]


def _words(name: str) -> set[str]:
    return {singular(word) for word in words(name)}


def _meanings(operation: Operation) -> tuple[str, ...]:
    return _STANDS_FOR.get(operation.means, (operation.means,) if operation.means else ())
