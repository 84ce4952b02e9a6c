"""The form of an archive."""

import hashlib
import json

from palaver_runtime.admin_ports import Noun
from palaver_runtime.services.administration.archive import ArchiveRefused, Tally, written


def test_line_is_ascii_and_one_line() -> None:
    """Whatever stands in it."""
    line = written({"a": "ü\n\u2028\ud83d\ude00"})
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"a": "ü\n\u2028😀"}


def test_tally_says_what_went_by() -> None:
    """The digest of the lines, and the records by noun, in the order of an archive."""
    tally = Tally()
    for line in (b"one\n", b"two\n"):
        tally.take(line)
    tally.records.update([Noun.MESSAGE, Noun.USER, Noun.MESSAGE])
    assert tally.total == 3
    end = tally.end()
    assert end["sha256"] == hashlib.sha256(b"one\ntwo\n").hexdigest()
    assert list(dict(end["records"]).items()) == [("user", 1), ("message", 2)]  # type: ignore[call-overload]


def test_refusal_names_the_line() -> None:
    """Where one is to blame."""
    assert str(ArchiveRefused("it is bad", "mend it", line=3)) == "line 3: it is bad"
    assert str(ArchiveRefused("it is bad", "mend it")) == "it is bad"
