"""Changes are collected, merged and put in order."""

from palaver_codegen.diff.change import Changes, Subject, at_least
from palaver_codegen.diff.rules import Severity
from palaver_codegen.documents.problems import Place

ONE, OTHER = Subject("asyncapi", "one", "/a"), Subject("openapi", "other", "/b")
HERE, THERE = Place("a.yaml", 3), Place("a.yaml", 5)


def test_one_change_in_several_places() -> None:
    """The same rule, words and places are one change with all its subjects, each once."""
    changes = Changes("chat")
    changes.add("request-type-changed", ONE, "is so", HERE, THERE)
    changes.add("request-type-changed", OTHER, "is so", HERE, THERE)
    changes.add("request-type-changed", ONE, "is so", HERE, THERE)
    changes.add("request-type-changed", ONE, "is other", HERE, THERE)
    changes.add("request-type-changed", ONE, "is so", HERE, HERE)
    assert sorted(len(change.subjects) for change in changes.listed()) == [1, 1, 2]


def test_what_is_the_same_can_be_said() -> None:
    """Where places do not tell, something else does."""
    changes = Changes("chat")
    changes.add("error-added", ONE, "is so", HERE, THERE, same="CODE")
    changes.add("error-added", OTHER, "is so", THERE, HERE, same="CODE")
    (change,) = changes.listed()
    assert change.subjects == (ONE, OTHER)


def test_what_breaks_comes_first() -> None:
    """Changes are in the order of their severity, then of their place; a threshold leaves out what matters less."""
    changes = Changes("chat")
    changes.add("server-event-added", ONE, "is new", None, HERE)
    changes.add("error-added", ONE, "is new", None, HERE)
    changes.add("server-event-removed", ONE, "is gone", THERE, None)
    changes.add("client-event-removed", ONE, "is gone", HERE, None)
    listed = changes.listed()
    assert [change.rule.id for change in listed] == [
        "client-event-removed",
        "server-event-removed",
        "error-added",
        "server-event-added",
    ]
    assert [len(at_least(listed, severity)) for severity in Severity] == [2, 3, 4]
