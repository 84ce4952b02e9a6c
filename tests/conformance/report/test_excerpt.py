"""The part of a wire log around a failure."""

from samples import wire

from palaver_conformance.evidence.trace import ENDED, Entry
from palaver_conformance.report.excerpt import Excerpt, excerpt

PACKETS = [Entry(number, "a/1", "->", str(number)) for number in range(20)]


def test_last_entries_before_the_end() -> None:
    """Without an objection it is what came last; what came when everything was closed is left out."""
    log = [*PACKETS, Entry(20, "", "==", ENDED), Entry(21, "a/1", "--", "closed")]
    part = excerpt(log, 5)
    assert ([entry.text for entry in part.entries], part.before, part.after) == (["15", "16", "17", "18", "19"], 15, 2)


def test_first_objection_is_in_it() -> None:
    """What the judge objected to first is shown, with what led to it and a little of what followed."""
    log = [*PACKETS, Entry(20, "", "!!", "no"), *PACKETS, Entry(20, "", "!!", "no again"), *PACKETS]
    part = excerpt(log, 6)
    assert [entry.text for entry in part.entries] == ["18", "19", "no", "0", "1", "2"]
    assert (part.before, part.after) == (18, 38)


def test_short_log_is_whole() -> None:
    """A log that is short is shown from its beginning, an empty one not at all."""
    assert excerpt(wire()).before == 0
    assert excerpt([]) == Excerpt(0, [], 0)
