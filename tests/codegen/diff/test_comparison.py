"""Whole documents and dialects, and what the table of verdicts has to hold."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from doubles.versions import BASE, CASES, verdicts

from palaver_codegen.diff import compare, compare_all, rules
from palaver_codegen.documents import Bundle, known_dialects, load_bundle

SPEC = Path(__file__).parents[3] / "spec"


def test_verdict(case: dict[str, Any], judge: Callable[[dict[str, Any]], None]) -> None:
    """Exactly these rules report the change, there and back."""
    judge(case)


def test_there_are_enough_cases() -> None:
    """At least thirty pairs break, and at least thirty do not."""
    ways = [case[way] for cases in CASES.values() for case in cases for way in ("there", "back")]
    breaking = [each for each in ways if any(verdict.endswith(" breaking") for verdict in each)]
    assert len(breaking) >= 30
    assert len(ways) - len(breaking) >= 30


def test_every_rule_beside_those_for_schemas_has_a_case() -> None:
    """Whatever is in the catalogue has been seen; those for schemas are in test_schemas, by kind."""
    seen = {
        verdict.split()[0]
        for cases in CASES.values()
        for case in cases
        for way in ("there", "back")
        for verdict in case[way]
    }
    wanted = {rule.id for rule in rules().values() if rule.group != "schemas"}
    assert wanted - seen == {"dialect-removed", "dialect-added"}  # below


def test_dialects_that_come_and_go(base: dict[str, Bundle]) -> None:
    """A folder that is gone breaks its clients, one that is new breaks nobody."""
    assert verdicts(compare_all(base, {"chat": base["chat"]})) == ["dialect-removed breaking"]
    assert verdicts(compare_all({"rpc": base["rpc"]}, base)) == ["dialect-added safe"]


def test_the_same_documents_have_no_changes(base: dict[str, Bundle]) -> None:
    """Nothing is told of documents that are the same, read twice; those of this repository too."""
    again = {name: load_bundle(BASE / name) for name in base}
    assert compare_all(base, again) == []
    for name in known_dialects(SPEC):
        assert compare(load_bundle(SPEC / name), load_bundle(SPEC / name)) == []


def test_a_change_knows_its_places_and_its_subjects(base: dict[str, Bundle], edited: Callable[..., Bundle]) -> None:
    """A shared schema is one change: with file and line on both sides, and every event and endpoint that has it."""
    edit = {
        "file": "chat/schemas.yaml",
        "find": "text: {type: string, maxLength: 2000}",
        "put": "text: {type: string,\n        maxLength: 4000}",
    }
    (change,) = compare(base["chat"], edited("chat", edit))
    assert change.old is not None
    assert change.new is not None
    line = 1 + next(
        number
        for number, text in enumerate((BASE / "chat/schemas.yaml").read_text().splitlines())
        if "text: {type: string, maxLength: 2000}" in text
    )
    assert (Path(change.old.file).name, change.old.line, change.new.line) == ("schemas.yaml", line, line + 1)
    assert [(each.document, each.name, each.pointer) for each in change.subjects] == [
        ("asyncapi", "acknowledgement of message:send", "/message/text"),
        ("asyncapi", "server event message:new", "/text"),
    ]
    assert change.what == "`maxLength` is 4000 and was 2000"
