"""Refusals of the transport."""

import pytest

from palaver_runtime.transports.grpc import CallRefused, Overloaded, TooLarge, UndeclaredAnswer, Undecodable


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Undecodable(), "the message cannot be decoded"),
        (TooLarge(10), "the message is larger than 10 bytes"),
        (Overloaded(), "the server handles too many calls just now"),
    ],
)
def test_refusals_tell_what_to_do(error, text):
    """Each refusal says what was wrong."""
    assert isinstance(error, CallRefused)
    assert str(error) == text


def test_undeclared_answer_is_no_refusal():
    """A handler's mistake cannot be taken for the client's."""
    assert not issubclass(UndeclaredAnswer, CallRefused)
