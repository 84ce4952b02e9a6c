"""Refusals of the transport."""

import pytest

from palaver_runtime.transports.http import (
    BadRequest,
    NoSuchPath,
    RequestRefused,
    TooLarge,
    UndeclaredResponse,
    UnsupportedMediaType,
    WrongMethod,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (BadRequest([("/query/a", "is wrong"), ("/body", "is missing")]), "/query/a: is wrong; /body: is missing"),
        (TooLarge(10), "the body is larger than 10 bytes"),
        (NoSuchPath(), "there is nothing at this path"),
        (WrongMethod(["GET", "PUT"]), "this path has only GET, PUT"),
        (UnsupportedMediaType(), "the body must be application/json in UTF-8"),
    ],
)
def test_refusals_tell_what_to_do(error, text):
    """Each refusal is the client's doing and says what was wrong."""
    assert isinstance(error, RequestRefused)
    assert str(error) == text


def test_undeclared_response_is_no_refusal():
    """A handler's mistake cannot be taken for the client's."""
    assert not issubclass(UndeclaredResponse, RequestRefused)
