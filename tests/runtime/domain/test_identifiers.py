"""Identifiers."""

import re
import time
from unittest.mock import patch

from palaver_runtime.domain.identifiers import ID_LENGTH, id_of_name, new_id


def test_identifier_has_the_layout_of_an_object_id() -> None:
    """24 hexadecimal digits, the first eight of them the second of the making."""
    before = int(time.time())
    made = new_id()
    assert re.fullmatch(r"[0-9a-f]{24}", made)
    assert len(made) == ID_LENGTH
    assert before <= int(made[:8], 16) <= int(time.time())


def test_identifiers_differ() -> None:
    """Those of one moment do not collide."""
    with patch("time.time", return_value=1.5):
        made = {new_id() for _ in range(10_000)}
    assert len(made) == 10_000
    assert {each[:12] for each in made} == {"000000018000"}


def test_identifiers_rise_with_time() -> None:
    """So that those of a moment are neighbours in an index."""
    moments = [1_800_000_000 + each / 1000 for each in range(2_000)]
    with patch("time.time", side_effect=moments):
        made = [new_id() for _ in moments]
    assert made == sorted(made)


def test_name_stands_for_one_identifier() -> None:
    """It is the beginning of the name's SHA-256, on every instance the same, and of the layout of the others."""
    # printf general | sha256sum
    assert id_of_name("general") == "0feae16d55365acf07fe9f90"
    names = ["general", "General", "general ", "", "Grüße 😀", "\ud800", "x" * 5000]
    made = [id_of_name(name) for name in names]
    assert len(set(made)) == len(names)
    assert all(re.fullmatch(r"[0-9a-f]{24}", each) for each in made)
