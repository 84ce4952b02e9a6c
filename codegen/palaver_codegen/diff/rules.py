"""The catalogue of rules, read from rules.yaml: how much each kind of change matters, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import as_file, files
from types import MappingProxyType

from palaver_codegen.documents.source import read_source
from palaver_codegen.documents.tree import Json, entries, text


class Severity(StrEnum):
    """How much a change matters: what worked fails, may fail, or goes on."""

    BREAKING = "breaking"
    RISKY = "risky"
    SAFE = "safe"


class Side(StrEnum):
    """Whose words a payload is: the client's, who asks, or the server's, who answers and tells."""

    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of change. Its `group` is a heading of the reference; `summary` and `why` are sentences."""

    id: str
    group: str
    severity: Severity
    summary: str
    why: str


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule by its id, in the order of the reference."""
    with as_file(files(__package__) / "rules.yaml") as path:
        source, problems = read_source(path, path.name)
    assert source is not None, problems
    assert not problems, problems
    assert isinstance(source.data, dict)
    return MappingProxyType({rule.id: rule for rule in _rules(source.data)})


def _rules(data: dict[str, Json]) -> Iterator[Rule]:
    for kind, entry in entries(data["schemas"]):
        for side in Side:
            for name, judged in entries(entry):
                if name == side:
                    yield _rule(f"{side}-{kind}", "schemas", text(entry["summary"]), judged)
    for group, listed in entries(data["others"]):
        for name, entry in entries(listed):
            yield _rule(name, group, text(entry["summary"]), entry)


def _rule(name: str, group: str, summary: str, judged: dict[str, Json]) -> Rule:
    return Rule(name, group, Severity(text(judged["severity"])), summary, text(judged["why"]))
