"""Coverage of the documents."""

from dataclasses import replace

import pytest
from samples import contract

from palaver_conformance.errors import HarnessError
from palaver_conformance.evidence.coverage import Coverage, Item
from palaver_conformance.evidence.oracle import Oracle


def test_table_counts_everything_that_the_documents_have() -> None:
    """What was seen is counted, what was not is there with zero."""
    coverage = Coverage(contract())
    coverage.carried_out("say")
    coverage.carried_out("say")
    coverage.event("heard")
    coverage.refused("CONFLICT")
    coverage.answered(201)
    assert coverage.table() == {
        "operations": {"say": 2, "POST /rooms/{room}/notes": 0, "GET /door": 0},
        "events": {"heard": 1, "hello": 0, "oops": 0},
        "statuses": {"201": 1, "204": 0, "403": 0, "409": 0},
        "errors": {"FORBIDDEN": 0, "CONFLICT": 1},
    }


def test_items_have_their_excuse() -> None:
    """What was not seen says why that may be; what was seen needs no excuse."""
    coverage = Coverage(replace(contract(), codes={"FORBIDDEN": 403, "BROKEN": 500, "AWAY": 503}))
    coverage.refused("AWAY")
    assert coverage.items()["errors"] == [
        Item("FORBIDDEN", 0, ""),
        Item("BROKEN", 0, "only a server that fails has it"),
        Item("AWAY", 1, ""),
    ]


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


def test_what_only_a_failing_server_has_is_excused() -> None:
    """A status or code of the server's own failure may be missed, and the line says so."""
    failing = replace(contract(), codes={"FORBIDDEN": 403, "BROKEN": 500})
    summary = Coverage(failing).summary()
    assert "errors 0/2 (not FORBIDDEN; not BROKEN: only a server that fails has it)" in summary
    assert "statuses 0/4 (not 201, 204, 403, 409)" in summary


def test_frames_are_counted() -> None:
    """Whatever the judge looks at counts, requests and answers alike."""
    coverage = Coverage(contract())
    oracle = Oracle(contract(), coverage)
    with pytest.raises(HarnessError):
        oracle.request(contract().operation("message.send", "socket"), {"nothing": "of the kind"})
    oracle.event("hello", [{"who": "x"}])
    oracle.event("nobody knows this", [])
    assert coverage.frames == 3
