"""Refusals."""

from pathlib import Path

import pytest
import yaml

from palaver_runtime.domain import errors
from palaver_runtime.domain.errors import ChatError, Internal, Invalid, Problem, RateLimited

CATALOGUE = Path(__file__).parents[3] / "spec/common/errors.yaml"
KINDS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ChatError)]


@pytest.mark.parametrize("kind", [each for each in KINDS if each is not ChatError])
def test_every_refusal_is_in_the_catalogue(kind: type[ChatError]) -> None:
    """Each kind of refusal has a code that the documents explain, and a place in the tree at the top."""
    assert kind.code in yaml.safe_load(CATALOGUE.read_text())["errors"]
    assert errors.__doc__ is not None
    assert kind.__name__ in errors.__doc__


def test_codes_are_told_apart() -> None:
    """No two kinds have one code."""
    codes = [each.code for each in KINDS if each is not ChatError]
    assert len(set(codes)) == len(codes) == 10


def test_refused_field_is_named() -> None:
    """A refused field is in the message and among the problems."""
    error = Invalid.field("/name", "is too long")
    assert error.message == str(error) == "/name: is too long"
    assert error.problems == (Problem("/name", "is too long"),)
    assert Invalid("no").problems == ()


def test_limit_says_how_long_to_wait() -> None:
    """The wait is kept in seconds."""
    assert RateLimited("slowly", 1.5).retry_after == 1.5


def test_own_failure_tells_nothing() -> None:
    """What failed here is nobody's business."""
    assert Internal().message == "The server failed to do this; it has been logged"
