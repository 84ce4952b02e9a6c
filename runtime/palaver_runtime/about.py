"""Whom and what the running code is about: request, connection, user. A leaf that everything may import, without I/O.

It is kept with the task, so that whatever logs on behalf of a request or connection says so without being told.
"""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

_ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")


def about() -> Mapping[str, str]:
    """Give what the running code is about: `request`, `connection` and `user`, as far as there are some."""
    return _ABOUT.get()


def note(**identifiers: str) -> None:
    """Note what the rest of this task is about, and the tasks that it begins."""
    _ABOUT.set(MappingProxyType({**_ABOUT.get(), **identifiers}))


def request_id(offered: str | None) -> str:
    """Give the identifier of a request: the one that a trusted header offers, unless it cannot be one, or a new one."""
    if offered is not None and _IDENTIFIER.fullmatch(offered):
        return offered
    return secrets.token_hex(8)
