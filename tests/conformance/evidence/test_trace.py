"""The wire log."""

import pytest

from palaver_conformance.evidence.trace import Trace, shortened

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


def test_entries_have_time_connection_and_direction() -> None:
    """Each entry says when, where and which way, in order."""
    times = iter([10.0, 10.5, 11.25, 12.0])
    trace = Trace(clock=lambda: next(times))
    wire = trace.wire("alice/1")
    wire.sent("out")
    wire.received("in")
    wire.note("closed")
    assert [str(entry).split() for entry in trace.shown()] == [
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
        "{'access_token': 'abc'}",
        "known-secret in the middle",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    """Known secrets, tokens by their look and values by their key never come out, the rest does."""
    trace = Trace()
    trace.hide("known-secret")
    trace.wire("a").sent(f"before {text} after")
    (entry,) = trace.shown()
    line = entry.text
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
    """A text has a limit and says how much is missing; as a line it stays one."""
    trace = Trace()
    trace.wire("a").sent("x\n" + "y" * 3000)
    (entry,) = trace.shown()
    assert len(entry.text) < 2050
    assert entry.text.endswith("y… (1002 more)")
    assert "\n" in entry.text
    assert "\n" not in str(entry)


def test_short_texts_stay_whole() -> None:
    """What fits is not touched."""
    assert shortened("four", 4) == "four"
    assert shortened("fifth", 4) == "fift… (1 more)"


def test_connections_know_their_instance() -> None:
    """Each entry says to which instance of the server its connection leads; remarks on the whole lead nowhere."""
    trace = Trace()
    trace.wire("alice/1", 2).received("x")
    trace.mark("here")
    trace.object("no")
    assert [(entry.connection, entry.direction, entry.instance) for entry in trace.shown()] == [
        ("alice/1", "<-", 2),
        ("", "==", 0),
        ("", "!!", 0),
    ]
