"""Names in documents become names in Python."""

import pytest

from palaver_codegen.names import constant, method, pascal, singular, snake


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("message:send", "message_send"),
        ("messages:sync", "messages_sync"),
        ("sendMessage", "send_message"),
        ("getHTTPStatus", "get_http_status"),
        ("class", "class_"),
        ("2fa", "_2fa"),
        ("hush!", "hush"),
        ("!", "_"),
    ],
)
def test_snake(name: str, expected: str) -> None:
    """Every event name becomes an identifier that is no keyword."""
    assert snake(name) == expected
    assert expected.isidentifier()


def test_constant() -> None:
    """A constant needs no protection from keywords, as those are not in capitals."""
    assert [constant(name) for name in ("message:new", "class", "userOnline")] == [
        "MESSAGE_NEW",
        "CLASS",
        "USER_ONLINE",
    ]


def test_method() -> None:
    """A call is handled by the method that is named after its rpc, whatever the service and the package."""
    assert [method(key) for key in ("a.b.Bell/RingTwice", "Bell/Class")] == ["ring_twice", "class_"]


def test_pascal() -> None:
    """Classes keep the capitals that their words have."""
    assert [pascal(name) for name in ("editMessage", "edit-message", "HTTPError")] == [
        "EditMessage",
        "EditMessage",
        "HTTPError",
    ]


def test_singular() -> None:
    """One of several is named without the plural's ending, if it has one."""
    assert [singular(name) for name in ("attachments", "replies", "address", "data")] == [
        "attachment",
        "reply",
        "address",
        "data",
    ]
