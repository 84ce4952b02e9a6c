"""The tree of errors."""

from palaver_conformance.errors import Failure, HarnessError, NotApplicable, Refused, Unreachable, UsageError


def test_refusal_is_a_failure_unless_expected() -> None:
    """A refusal that nobody catches counts against the server, with code and message as evidence."""
    refusal = Refused("say", "FORBIDDEN", "not you", {"x": 1})
    assert isinstance(refusal, Failure)
    assert refusal.arrived == ("refusal FORBIDDEN: not you",)
    assert "say" in refusal.expected


def test_blame_is_split() -> None:
    """Nothing but a failure is the server's, so none of the others may be one."""
    for kind in (UsageError, Unreachable, HarnessError, NotApplicable):
        assert not issubclass(kind, Failure)
