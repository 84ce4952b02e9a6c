"""What an HTTP request says that asks for a websocket."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The request; headers by name in lower case."""

    method: bytes
    target: bytes
    version: str
    headers: Headers
    secure: bool
    client: tuple[str, int] | None
    root_path: str
    asgi_version: str
    state: Mapping[str, Any]
