"""Where the keys of an issuer are published."""

import asyncio
from pathlib import Path
from typing import Final, Protocol

_MOST_BYTES: Final = 262_144


class KeysUnavailable(Exception):
    """The keys cannot be had; the message says why, for an operator."""


class KeySource(Protocol):
    """Gives the text of a key set."""

    @property
    def place(self) -> str:
        """Where that is, as it may be logged."""
        ...

    async def fetch(self) -> bytes:
        """Read it anew; raise KeysUnavailable."""
        ...

    async def close(self) -> None:
        """Let go of what was opened."""
        ...


class KeyFile:
    """A file, which may be replaced while the server runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place = str(path)

    async def fetch(self) -> bytes:
        """Read the file; raise KeysUnavailable."""
        try:
            return await asyncio.to_thread(self._read)
        except OSError as error:
            raise KeysUnavailable(str(error.strerror)) from None

    async def close(self) -> None:
        """Do nothing: it is open only while it is read."""

    def _read(self) -> bytes:
        with self._path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
        return bounded(text)


def bounded(text: bytes) -> bytes:
    """Give the text of a key set, or what there is of it by now; raise KeysUnavailable where it is too long."""
    if len(text) > _MOST_BYTES:
        raise KeysUnavailable(f"it has more than {_MOST_BYTES} bytes")
    return text
