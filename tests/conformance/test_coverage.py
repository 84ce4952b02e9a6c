"""Coverage of the documents."""

from samples import contract

from palaver_conformance.coverage import Coverage


def test_table_counts_everything_that_the_documents_have() -> None:
    """What was seen is counted, what was not is there with zero."""
    coverage = Coverage(contract())
    coverage.carried_out("say")
    coverage.carried_out("say")
    coverage.event("heard")
    coverage.refused("CONFLICT")
    assert coverage.table() == {
        "operations": {"say": 2, "POST /rooms/{room}/notes": 0, "GET /door": 0},
        "events": {"heard": 1, "hello": 0, "oops": 0},
        "errors": {"FORBIDDEN": 0, "CONFLICT": 1},
    }


def test_summary_names_what_was_missed() -> None:
    """One line says how much was exercised and what was not."""
    coverage = Coverage(contract())
    for code in ("FORBIDDEN", "CONFLICT"):
        coverage.refused(code)
    coverage.event("heard")
    summary = coverage.summary()
    assert "errors 2/2;" in summary + ";"
    assert "events 1/3 (not hello, oops)" in summary
    assert "operations 0/3" in summary
    assert "\n" not in summary
