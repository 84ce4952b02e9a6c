"""Rules that reading finds."""

from palaver_codegen.documents.rules.reading import RULES
from palaver_codegen.documents.rules.rule import Scope


def test_what_all_rely_on_is_fixed() -> None:
    """What makes documents unreadable cannot be turned off; what a standard says can."""
    assert {rule.scope for rule in RULES if not rule.fixed} == {Scope.STANDARD}
    assert all(rule.fixed for rule in RULES if rule.scope is Scope.READING)
