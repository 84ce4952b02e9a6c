"""What the comments of the TypeScript types say."""

from typing import Any

import pytest

from palaver_codegen.typescript.comments import comment, lines_of


@pytest.mark.parametrize(
    ("schema", "lines"),
    [
        ({}, ()),
        (True, ()),
        ({"description": "A\n  note."}, ("A note.",)),
        ({"maxLength": 1}, ("At most 1 character.",)),
        ({"minLength": 2}, ("At least 2 characters.",)),
        ({"minItems": 1, "maxItems": 5}, ("1 to 5 items.",)),
        ({"minimum": 0, "maximum": 9}, ("0 to 9.",)),
        ({"minimum": 0}, ("At least 0.",)),
        ({"format": "uri", "pattern": "^a"}, ("Format: uri. Pattern: `^a`.",)),
        ({"default": "é", "deprecated": True}, ('@default "é"', "@deprecated")),
        ({"description": "Ends */ here.", "default": "*/"}, ("Ends *\\/ here.", '@default "*\\/"')),
    ],
)
def test_comment(schema: Any, lines: tuple[str, ...]) -> None:
    """Description, bounds, default and deprecation, in that order; nothing ends the comment early."""
    assert comment(schema) == lines


def test_long_lines_are_broken() -> None:
    """No line of a comment is much longer than a screen is wide."""
    lines = lines_of("word " * 60)
    assert len(lines) > 1
    assert max(map(len, lines)) <= 110
