"""Identifiers."""

import re
import time

from palaver_runtime.domain.identifiers import ID_LENGTH, new_id


def test_identifier_has_the_layout_of_an_object_id() -> None:
    """24 hexadecimal digits, the first eight of them the second of the making."""
    before = int(time.time())
    made = new_id()
    assert re.fullmatch(r"[0-9a-f]{24}", made)
    assert len(made) == ID_LENGTH
    assert before <= int(made[:8], 16) <= int(time.time())


def test_identifiers_differ() -> None:
    """Those of one second do not collide."""
    assert len({new_id() for _ in range(10_000)}) == 10_000
