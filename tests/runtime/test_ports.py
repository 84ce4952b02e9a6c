"""The ports and what is plugged into them."""

import inspect

import pytest

from palaver_runtime import ports
from palaver_runtime.adapters.clock import SharedClock, SystemClock
from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.adapters.memory import MemoryBus, MemoryPresence
from palaver_runtime.adapters.passwords import Argon2Passwords
from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.store import SqlReader, SqlWriter
from palaver_runtime.adapters.tokens import JwtTokens

ADAPTERS = [
    (ports.Clock, SystemClock),
    (ports.Clock, SharedClock),
    (ports.Bus, MemoryBus),
    (ports.Presence, MemoryPresence),
    (ports.Limiter, MemoryLimiter),
    (ports.Passwords, Argon2Passwords),
    (ports.Tokens, JwtTokens),
    (ports.Store, SqlStore),
    (ports.Reader, SqlReader),
    (ports.Writer, SqlWriter),
]


def methods(port: type) -> dict[str, inspect.Signature]:
    """Give the methods that a port asks for, those that it inherits included."""
    return {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(port, inspect.isfunction)
        if not name.startswith("_")
    }


@pytest.mark.parametrize(("port", "adapter"), ADAPTERS)
def test_adapter_has_what_its_port_asks_for(port: type, adapter: type) -> None:
    """Every method of the port is there, takes the same parameters with the same defaults, and is async where it is."""
    assert methods(port)
    for name, signature in methods(port).items():
        method = getattr(adapter, name)
        assert inspect.signature(method).parameters == signature.parameters, name
        assert inspect.iscoroutinefunction(method) == inspect.iscoroutinefunction(getattr(port, name)), name


def test_writer_can_do_all_that_a_reader_can() -> None:
    """Within a transaction that writes, everything can be read."""
    assert methods(ports.Reader).keys() < methods(ports.Writer).keys()
