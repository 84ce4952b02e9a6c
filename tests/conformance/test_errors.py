"""The tree of errors."""

from palaver_conformance.errors import Failure, HarnessError, NotApplicable, Refused, Unreachable, UsageError, told


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


def test_it_is_told_whose_fault_it_is() -> None:
    """What keeps a server from being judged is told apart: the tester's, nobody's yet, ours."""
    assert told(UsageError("no such file")) == "no such file"
    assert told(Unreachable("nobody there")) == "the server cannot be tested: nobody there"
    assert told(HarnessError("no hands")) == "the harness failed: no hands"
    assert told(ValueError("x")) == "the harness failed: ValueError('x')"
