"""What a rule is."""

import re

import pytest

from palaver_codegen.documents.problems import Level, Place
from palaver_codegen.documents.rules import CHECKS, RULES
from palaver_codegen.documents.rules.rule import Rule, Scope


def test_finding_has_the_level_of_its_rule() -> None:
    """A rule makes findings of itself, with what is wrong in this place."""
    rule = Rule("a-rule", Level.NOTE, Scope.HOUSE, title="All is well", reason="It is nicer.", remedy="Be good.")
    problem = rule.at(Place("a.yaml", 2, 3), "is bad", "make it good")
    assert (problem.rule, problem.level, problem.reason) == ("a-rule", Level.NOTE, "is bad")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_rule_is_explained(rule: Rule) -> None:
    """The id is two or three words, the title a sentence without its stop, reason and remedy whole sentences."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+){1,2}", rule.id)
    assert rule.title
    assert rule.title[0].isupper()
    assert not rule.title.endswith(".")
    for text in (rule.reason, rule.remedy):
        assert text.endswith(".")
        assert text[0].isupper() or text[0] in "`/"


def test_every_rule_of_a_check_is_known_once() -> None:
    """No two rules have one id, and no check has a rule that is not in the list."""
    declared = {rule for each in CHECKS for rule in each.rules}
    assert declared <= set(RULES.values())
    assert len({rule.id for rule in declared}) == len(declared)
    assert len(RULES) >= 40
