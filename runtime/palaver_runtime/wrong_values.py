"""What is wrong with a value of a setting or flag, in the words in which everything else is said."""

from collections.abc import Mapping
from typing import Final

from pydantic_core import ErrorDetails, ValidationError

_SAID: Final[Mapping[str, str]] = {
    "bool_parsing": "is to be true or false",
    "enum": "is to be {expected}",
    "float_parsing": "is to be a number",
    "finite_number": "is to be a number that is not infinite",
    "greater_than": "is to be more than {gt}",
    "greater_than_equal": "is to be {ge} or more",
    "int_from_float": "is to be a whole number",
    "int_parsing": "is to be a whole number",
    "less_than": "is to be less than {lt}",
    "less_than_equal": "is to be {le} or less",
    "literal_error": "is to be {expected}",
    "path_not_file": "names no file that is there",
    "string_pattern_mismatch": "is to match {pattern}",
}


def reason(error: ErrorDetails) -> str:
    """Return what a value is to be, as a sentence that the name of the value begins; it is not quoted.

    What our own validators say is such a sentence already.
    """
    said = _SAID.get(error["type"])
    if said is None:
        return error["msg"].removeprefix("Value error, ")
    bounds = {name: _plain(value) for name, value in error.get("ctx", {}).items()}
    return said.format_map(bounds)


def first_reason(error: BaseException | None) -> str | None:
    """Return the first reason of a ValidationError; None for any other error, and for none."""
    return reason(error.errors()[0]) if isinstance(error, ValidationError) else None


def _plain(value: object) -> str:
    """Return a bound as people write it: no quotes around alternatives, no decimals that say nothing."""
    return f"{value:g}" if isinstance(value, float) else str(value).replace("'", "")
