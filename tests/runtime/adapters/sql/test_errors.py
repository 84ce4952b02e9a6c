"""What is said of a database that cannot be used."""

import errno
import os
import socket

from palaver_runtime.adapters.sql.errors import StoreUnavailable, why


def test_message_names_place_reason_and_remedy() -> None:
    """Whoever reads the message knows which database, what is wrong, and what to do."""
    error = StoreUnavailable("sqlite:///x.db", "the disk is full", "Make room.")
    assert str(error) == "The database sqlite:///x.db cannot be used: the disk is full. Make room."
    assert error.what == "The database sqlite:///x.db cannot be used: the disk is full"
    assert (error.url, error.reason, error.remedy) == ("sqlite:///x.db", "the disk is full", "Make room.")


def test_reason_is_one_line_without_numbers() -> None:
    """The number that the system has for a reason tells nobody anything."""
    assert why(ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed")) == os.strerror(errno.ECONNREFUSED)
    assert why(socket.gaierror(socket.EAI_NONAME, "Name or service not known")) == "Name or service not known"
    assert why(ValueError("odd.\nand more")) == "odd"
    assert why(TimeoutError()) == "TimeoutError"
