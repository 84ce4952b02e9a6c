"""The badge."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from samples import run

from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.report.badge import badge
from palaver_conformance.report.summary import Run

GREEN, RED, GREY = "#2b7a4b", "#c0392b", "#6b6b6b"
PASSED = run(Verdict.PASS, Verdict.PASS)


@pytest.mark.parametrize(
    ("whole", "said", "colour"),
    [
        (PASSED, "2 pass", GREEN),
        (run(Verdict.PASS, Verdict.KNOWN_FAILURE, Verdict.NOT_APPLICABLE), "1 pass", GREEN),
        (run(Verdict.PASS, Verdict.FAIL, Verdict.UNTESTABLE), "1 pass, 2 fail", RED),
        (run(Verdict.NOT_APPLICABLE), "nothing proven", RED),
        (run(), "nothing proven", RED),
        (replace(PASSED, complaints=["passes"]), "ledger is wrong", RED),
        (replace(PASSED, stopped="gone"), "unknown", GREY),
        (run(Verdict.PASS, Verdict.HARNESS_ERROR), "unknown", GREY),
    ],
)
def test_badge_says_what_came_of_the_run(whole: Run, said: str, colour: str) -> None:
    """It is green only for a server that conforms, grey where it could not be found out, and in words for who asks."""
    picture = ET.fromstring(badge(whole))
    texts = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["conformance", said]
    assert [each.get("fill") for each in picture.iter("{http://www.w3.org/2000/svg}rect")][2] == colour
    assert picture.get("aria-label") == f"conformance: {said}"


def test_badge_is_as_wide_as_its_words() -> None:
    """More words make it wider, and both halves fill it."""
    short, long = (ET.fromstring(badge(each)) for each in (PASSED, run(Verdict.PASS, Verdict.FAIL)))
    assert int(short.get("width", 0)) < int(long.get("width", 0))
    _, left, right = long.iter("{http://www.w3.org/2000/svg}rect")
    assert int(left.get("width", 0)) + int(right.get("width", 0)) == int(long.get("width", 0))
