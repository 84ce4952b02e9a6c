"""Asking for what the documents mean, in canonical words, over whichever of the two interfaces has it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from palaver_client.backoff import Backoff
from palaver_client.facts import put
from palaver_wire.client import Dialect, Fields, Json, Meaning, Refused

Ask: TypeAlias = Callable[[str, dict[str, Json]], Awaitable[Json]]
"""Asks for an event or a request by its name, and returns what is answered, as it stands on the wire."""

_PATIENCE = 8


class Operations:
    """The operations of a dialect by their meaning; an event is preferred to a request."""

    def __init__(self, dialect: Dialect, event: Ask, request: Ask) -> None:
        tag = dialect.socket.tag if dialect.socket else None
        self._known: dict[str, tuple[str, Meaning, Ask, dict[str, Json]]] = {}
        for name, each in dialect.requests.items():
            self._known.setdefault(each.meaning.means, (name, each.meaning, request, {}))
        for name, sent in dialect.sent.items():
            self._known[sent.meaning.means] = (name, sent.meaning, event, {tag: name} if tag else {})

    def has(self, means: str) -> bool:
        """Whether the documents have such an operation."""
        return means in self._known

    def fields(self, means: str) -> Fields:
        """Return the canonical fields that can be asked with; none of what the documents do not have."""
        return self._known[means][1].fields if means in self._known else {}

    async def ask(self, means: str, **values: Json) -> tuple[Json, Meaning]:
        """Ask with canonical fields; those that are None, or that the documents do not have, are left out.

        What is refused for a while, as beyond a limit, is asked again.
        """
        name, meaning, ask, frame = self._known[means]
        asked: dict[str, Json] = dict(frame)
        for field, value in values.items():
            where = meaning.fields.get(field)
            if value is not None and isinstance(where, str):
                put(asked, where, value)
        backoff = Backoff(first=0.5, limit=10.0)
        for failures in range(1, _PATIENCE):
            try:
                return await ask(name, asked), meaning
            except Refused as error:
                if not error.retryable:
                    raise
            await asyncio.sleep(backoff.wait(failures))
        return await ask(name, asked), meaning
