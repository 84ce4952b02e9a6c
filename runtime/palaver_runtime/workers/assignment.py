"""What a worker is told by its supervisor, and what each may ask the other, as lines of JSON over a pair of sockets."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

LIMIT: Final = 16 * 1024 * 1024
"""Bytes of a line: figures are the longest, with some hundred bytes for each."""

FIGURES: Final = "figures"
READINESS: Final = "readiness"


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Which worker it is, and what it is to serve.

    `flags` are settings that go before the environment. `sockets` are the descriptors of bound sockets that the process
    inherits, by the port that was asked for.
    """

    number: int
    flags: Mapping[str, object]
    dialects: tuple[str, ...]
    apps: tuple[str, ...]
    app_dirs: tuple[str, ...]
    port: int | None
    grpc_port: int | None
    sockets: Mapping[int, int]

    def line(self) -> bytes:
        """Write it."""
        return line(asdict(self))

    @classmethod
    def read(cls, text: bytes) -> "Assignment":
        """Read what `line` wrote."""
        given = json.loads(text)
        given |= {name: tuple(given[name]) for name in ("dialects", "apps", "app_dirs")}
        given["sockets"] = {int(port): descriptor for port, descriptor in given["sockets"].items()}
        return cls(**given)


def line(content: object) -> bytes:
    """Write one line."""
    return json.dumps(content).encode() + b"\n"


async def read_line(reader: asyncio.StreamReader) -> dict[str, object] | None:
    """Read one line, an object; None at the end."""
    text = await reader.readline()
    if not text.endswith(b"\n"):
        return None
    content = json.loads(text)
    assert isinstance(content, dict)
    return content
