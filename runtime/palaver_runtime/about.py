"""Whom and what the running code is about: request, connection, user. A leaf that everything may import, without I/O.

It is kept with the task, so that whatever logs on behalf of a request or connection says so without being told.
"""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

_NAMES: Final = ("request", "connection", "user")
# By these names, without them: each connection has two or three of these.
_ABOUT: ContextVar[tuple[str | None, str | None, str | None]] = ContextVar("about", default=(None, None, None))
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")


def about() -> Mapping[str, str]:
    """Give what the running code is about: `request`, `connection` and `user`, as far as there are some."""
    return {name: value for name, value in zip(_NAMES, _ABOUT.get(), strict=True) if value is not None}


def note(*, request: str | None = None, connection: str | None = None, user: str | None = None) -> None:
    """Note what the rest of this task is about, and the tasks that it begins; what is left out stays as it is."""
    was = _ABOUT.get()
    _ABOUT.set((request or was[0], connection or was[1], user or was[2]))


def request_id(offered: str | None) -> str:
    """Give the identifier of a request: the one that a trusted header offers, unless it cannot be one, or a new one."""
    if offered is not None and _IDENTIFIER.fullmatch(offered):
        return offered
    return secrets.token_hex(8)
