"""What a server may answer."""

import pytest
from fuzz.target import Broken
from fuzz.wire import judge


def test_refusals_and_closes_are_answers():
    """A documented error, a close that blames the peer, a status of the client's fault."""
    judge.text('42["error",{"code":"VALIDATION_ERROR"}]')
    judge.close_code(1007)
    judge.close_code(4401)
    judge.close_code(3656)
    judge.call_status("INVALID_ARGUMENT", "")
    assert judge.responses(b"HTTP/1.1 400 Bad Request\r\n\r\nHTTP/1.1 200 OK\r\n\r\n") == [400, 200]
    assert judge.log(["INFO listening", "INFO session x: closed, no packet head"]) == []


@pytest.mark.parametrize(
    "judged",
    [
        lambda: judge.text('42["error",{"code":"INTERNAL_ERROR"}]'),
        lambda: judge.close_code(1011),
        lambda: judge.close_code(1006),
        lambda: judge.close_code(2999),
        lambda: judge.call_status("UNKNOWN", "Unexpected <class 'ValueError'>"),
        lambda: judge.call_status("DEADLINE_EXCEEDED", ""),
        lambda: judge.responses(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 500 Internal Server Error\r\n\r\n"),
    ],
)
def test_failures_are_not(judged):
    """What the server owns up to is a finding."""
    with pytest.raises(Broken):
        judged()


@pytest.mark.parametrize(
    "line",
    ["Traceback (most recent call last):", "2026-01-01 ERROR palaver: x", "Fatal error: protocol.data_received()"],
)
def test_errors_in_the_log_are_findings(line):
    """No stranger may bring about an error in the log."""
    assert judge.log(["INFO fine", line]) == [line]
