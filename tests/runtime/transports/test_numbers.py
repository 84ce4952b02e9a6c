"""Numbers that JSON does not have, or that are too large."""

import json

import pytest

from palaver_runtime.transports.numbers import has_foreign_number


@pytest.mark.parametrize(
    "number",
    [
        *("NaN", "Infinity", "-Infinity", "1e999", "-1E+400", "1e0999", "9" * 400, "-" + "9" * 5000),
        *(str(2**64), str(-(2**63) - 1), "10000000000000000000000"),
    ],
)
@pytest.mark.parametrize(
    "form", ["{}", " {}", "[1,{}]", '{{"a":\t{}}}', '{{"a":{}}}', '{{"a": {}}}', '{{"a": [1, {{"b": [{}]}}]}}']
)
def test_foreign_numbers_are_found(number: str, form: str) -> None:
    """Wherever in the text they stand."""
    assert has_foreign_number(form.format(number).encode())


@pytest.mark.parametrize(
    "value",
    [
        *(1, 1.5, 1e300, 2**64 - 1, -(2**63), 1 / 3, "NaN", "Infinity", "1e999", "9" * 400),
        *({"NaN": ["1e999"]}, [[["x" * 10_000]]], {"id": "6b07b0e9997536871957310123456789"}),
    ],
)
def test_other_values_are_not(value: object) -> None:
    """What a double or 64 bits hold, and texts that look like such numbers, may be sent."""
    assert not has_foreign_number(json.dumps(value).encode())


@pytest.mark.parametrize("text", [b"NaN,", b"[NaN", b"\xff NaN", b"[" * 100_000 + b"NaN"])
def test_what_is_no_json_is_for_the_validator(text: bytes) -> None:
    """A text that cannot be read is not judged here."""
    assert not has_foreign_number(text)
