"""What goes with a refusal."""

import pytest
from pydantic import MISSING

from palaver_runtime.dialects._details import details
from palaver_runtime.domain.errors import Forbidden, Invalid, Problem, RateLimited
from palaver_wire.gateway.models import ErrorDetails, FieldProblem


def test_fields_are_named() -> None:
    """Each refused field stands with what is wrong with it, in the dialect's own models."""
    found = details(Invalid("bad", [Problem("/a", "is missing"), Problem("/b", "is too long")]), ErrorDetails)
    assert found == ErrorDetails(
        fields=[FieldProblem(field="/a", problem="is missing"), FieldProblem(field="/b", problem="is too long")]
    )


def test_wait_is_in_whole_milliseconds() -> None:
    """Rounded up: who waits that long is let in."""
    assert details(RateLimited("too many", 0.0001), ErrorDetails) == ErrorDetails(retry_after_ms=1)
    assert details(RateLimited("too many", 1.5), ErrorDetails) == ErrorDetails(retry_after_ms=1500)


@pytest.mark.parametrize("error", [Forbidden("no"), Invalid("no field is to blame")])
def test_nothing_is_made_up(error: Forbidden | Invalid) -> None:
    """A refusal that has nothing for a program to act on has no details."""
    assert details(error, ErrorDetails) is MISSING
