"""Problems are values."""

from palaver_codegen.documents.problems import DocumentsRefused, Level, Place, Problem, has_errors, in_order

FIRST = Problem(Place("a.yaml", 2, 1), "rule", "is wrong", "put it right")
LATER = Problem(Place("a.yaml", 10, 1), "rule", "is odd", "look at it", Level.WARNING)


def test_order_is_that_of_the_text() -> None:
    """Line 2 comes before line 10, and a repetition is told once."""
    assert in_order([LATER, FIRST, LATER]) == [FIRST, LATER]


def test_warnings_are_no_errors() -> None:
    """A warning alone stops nothing."""
    assert has_errors([LATER]) is False
    assert has_errors([LATER, FIRST]) is True


def test_exception_tells_everything() -> None:
    """Place, rule, reason and remedy of each problem are in the exception's text."""
    told = str(DocumentsRefused([FIRST, LATER]))
    assert told.splitlines() == [
        "a.yaml:2:1: error: is wrong [rule]",
        "    put it right",
        "a.yaml:10:1: warning: is odd [rule]",
        "    look at it",
    ]
