"""The bodies of close frames."""

import pytest

from palaver_runtime.transports.rfc6455.closing import InvalidClose, close_body, is_sendable, read_close


@pytest.mark.parametrize(
    ("codes", "sendable"),
    [
        ((1000, 1001, 1002, 1003), True),
        ((1004, 1005, 1006), False),
        (range(1007, 1015), True),
        ((1015, 1016, 1100, 1999, 2000, 2999), False),
        ((3000, 3999, 4000, 4999), True),
        ((0, 1, 999, 5000, 65_535), False),
    ],
)
def test_codes_are_those_of_the_registry(codes, sendable) -> None:
    """Reserved ones never stand on the wire, and those that nobody has registered neither."""
    assert {is_sendable(code) for code in codes} == {sendable}
    for code in codes:
        body = code.to_bytes(2, "big")
        if sendable:
            assert read_close(body) == (code, "")
            assert close_body(code) == body
        else:
            with pytest.raises(InvalidClose) as caught:
                read_close(body)
            assert caught.value.code == 1002
            if code != 1005:
                with pytest.raises(ValueError, match=str(code)):
                    close_body(code)


@pytest.mark.parametrize(
    ("body", "read"),
    [(b"", (1005, "")), (b"\x03\xe8", (1000, "")), (b"\x0f\xa1" + "späť".encode(), (4001, "späť"))],
)
def test_body_has_a_code_and_a_reason(body: bytes, read: tuple[int, str]) -> None:
    """Or nothing at all; what is read is what was written."""
    assert read_close(body) == read
    assert close_body(*read) == body


@pytest.mark.parametrize(("body", "code"), [(b"\x03", 1002), (b"\x03\xe8\xff", 1007), (b"\x03\xe8\xed\xa0\x80", 1007)])
def test_what_is_no_body_is_answered_by_a_code(body: bytes, code: int) -> None:
    """Half a code breaks the protocol, and a reason that is not UTF-8 is no text."""
    with pytest.raises(InvalidClose) as caught:
        read_close(body)
    assert caught.value.code == code


@pytest.mark.parametrize("reason", ["x" * 200, "é" * 100, "😀" * 60, "x" * 122 + "é"])
def test_long_reason_is_cut_between_characters(reason: str) -> None:
    """A control frame has 125 bytes at most."""
    body = close_body(1000, reason)
    assert 2 + 119 < len(body) <= 125
    _, told = read_close(body)
    assert reason.startswith(told)


def test_lone_surrogate_in_a_reason_is_replaced() -> None:
    """What has no UTF-8 does not keep a connection from its end."""
    assert read_close(close_body(1000, "a\ud800")) == (1000, "a?")
