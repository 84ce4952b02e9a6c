"""The wire log."""

import pytest

from palaver_conformance.trace import Trace

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


def test_lines_have_time_connection_and_direction() -> None:
    """Each entry says when, where and which way, in order."""
    times = iter([10.0, 10.5, 11.25, 12.0])
    trace = Trace(clock=lambda: next(times))
    wire = trace.wire("alice/1")
    wire.sent("out")
    wire.received("in")
    wire.note("closed")
    assert [line.split() for line in trace.lines()] == [
        ["0.500", "alice/1", "->", "out"],
        ["1.250", "alice/1", "<-", "in"],
        ["2.000", "alice/1", "--", "closed"],
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {JWT}",
        '{"password": "s3cret pass"}',
        '{"refreshToken":"rt_abc"}',
        "Facts({'access_token': 'abc'})",
        "known-secret in the middle",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    """Known secrets, tokens by their look and values by their key never come out, the rest does."""
    trace = Trace()
    trace.hide("known-secret")
    trace.wire("a").sent(f"before {text} after")
    (line,) = trace.lines()
    assert "[redacted]" in line
    assert "before" in line
    for secret in (JWT, "s3cret", "rt_abc", "'abc'", "known-secret"):
        assert secret not in line


def test_nothing_is_not_a_secret() -> None:
    """Hiding the empty text hides nothing."""
    trace = Trace()
    trace.hide("")
    assert trace.redact("hello") == "hello"


def test_long_entries_are_cut() -> None:
    """A line has a limit, says how much is missing, and stays one line."""
    trace = Trace()
    trace.wire("a").sent("x\n" + "y" * 1000)
    (line,) = trace.lines()
    assert len(line) < 450
    assert "more)" in line
    assert "\n" not in line
