"""What is wrong with a value is told in our words."""

from enum import StrEnum
from typing import Annotated

import pytest
from pydantic import Field, FilePath, TypeAdapter, ValidationError
from pydantic.functional_validators import AfterValidator

from palaver_runtime.wrong_values import first_reason, reason


class Colour(StrEnum):
    """Some values."""

    RED = "red"
    BLUE = "blue"


def own(_: int) -> int:
    """Refuse everything, in words of ours."""
    raise ValueError("is to be another one")


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (int, "x", "is to be a whole number"),
        (int, 1.5, "is to be a whole number"),
        (float, "x", "is to be a number"),
        (bool, "perhaps", "is to be true or false"),
        (Colour, "green", "is to be red or blue"),
        (Annotated[int, Field(ge=1)], 0, "is to be 1 or more"),
        (Annotated[int, Field(le=65_535)], 70_000, "is to be 65535 or less"),
        (Annotated[float, Field(gt=0.0)], 0, "is to be more than 0"),
        (Annotated[float, Field(lt=0.5)], 1, "is to be less than 0.5"),
        (Annotated[float, Field(allow_inf_nan=False)], "inf", "is to be a number that is not infinite"),
        (Annotated[str, Field(pattern="^a$")], "b", "is to match ^a$"),
        (FilePath, "/no/such/file", "names no file that is there"),
        (Annotated[int, AfterValidator(own)], 1, "is to be another one"),
        (Annotated[str, Field(max_length=1)], "ab", "String should have at most 1 character"),
    ],
)
def test_reason(kind: object, value: object, said: str) -> None:
    """Each kind of mistake has its sentence; what has none is told as pydantic tells it."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    assert reason(caught.value.errors()[0]) == said
    assert first_reason(caught.value) == said


def test_other_errors_have_no_such_reason() -> None:
    """They are told in their own words."""
    assert first_reason(None) is None
    assert first_reason(ValueError("x")) is None
