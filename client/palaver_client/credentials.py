"""The token that a client shows, and how it gets the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from palaver_client.facts import find, number
from palaver_wire.client import Fields, Json, NotSignedIn

TokenSource: TypeAlias = Callable[[], Awaitable[str]]
"""Gives a token that is good now; called again when one is no longer taken."""

_EARLY = 5.0  # Seconds before its end from which on a token is not shown any more.


class Credentials:
    """The token of a client: a fixed one, one from a source, or that of the session in which the client signed in.

    `refresh` exchanges a refresh token for a session, where the documents have that; it calls `learn`.
    """

    def __init__(self, token: str | TokenSource | None, refresh: Callable[[str], Awaitable[None]] | None) -> None:
        self._token = token if isinstance(token, str) else None
        self._source = token if callable(token) else None
        self._refresh = refresh
        self._refresh_token: str | None = None
        self._ends: float | None = None
        self._renewing = asyncio.Lock()

    def learn(self, value: Json, fields: Fields) -> None:
        """Take the tokens of a session entity, as an answer to signing in has one."""
        access, refresh = find(value, fields, "session.access_token"), find(value, fields, "session.refresh_token")
        seconds = number(value, fields, "session.expires_in")
        if isinstance(access, str):
            self._token = access
            self._ends = None if seconds is None else asyncio.get_running_loop().time() + seconds
        if isinstance(refresh, str):
            self._refresh_token = refresh

    def forget(self) -> None:
        """Keep no token, as after signing out."""
        self._token = self._refresh_token = self._ends = None

    @property
    def renewable(self) -> bool:
        """Whether there is a way to another token than the present one."""
        return self._source is not None or (self._refresh is not None and self._refresh_token is not None)

    async def current(self) -> str | None:
        """Return the token to show, a new one if the present one is about to end; None if there is none at all."""
        ending = self._ends is not None and asyncio.get_running_loop().time() > self._ends - _EARLY
        if self.renewable and (ending or self._token is None):
            return await self.renew(self._token)
        return self._token

    async def renew(self, stale: str | None) -> str:
        """Return another token than the one that is no longer taken; many who ask at once cause one exchange.

        Raises `Refused` if the server does not give one, `NotSignedIn` if there is no way to ask.
        """
        async with self._renewing:
            if self._token is not None and self._token != stale:
                return self._token
            if self._source is not None:
                self._token = await self._source()
            elif self._refresh is not None and self._refresh_token is not None:
                # Good for one exchange: if its answer is lost, the token is too.
                await self._refresh(self._refresh_token)
            if self._token is None or not self.renewable:
                raise NotSignedIn("there is no token, and no way to get one: sign in, or give open_client a token")
            return self._token
