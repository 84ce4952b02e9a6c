"""The keys of an issuer at a web address."""

import asyncio
import logging
from typing import Final

import httpx

from palaver_runtime.adapters.tokens.sources import KeysUnavailable, bounded

_DEADLINE: Final = 5.0
"""In seconds, for all of a fetch."""

# It logs each request at INFO, which says nothing that is not said here.
logging.getLogger("httpx").setLevel(logging.WARNING)


class KeyUrl:
    """A web address. `deadline` is in seconds and holds for a whole fetch, however slowly the answer drips in.

    A redirection is not followed: who may say which keys are good is a setting. A `direct` address is asked without
    the proxy of the environment, if there is one.
    """

    def __init__(self, url: str, *, direct: bool = False, deadline: float = _DEADLINE) -> None:
        self.place = url
        self._direct = direct
        self._deadline = deadline
        self._client: httpx.AsyncClient | None = None

    async def fetch(self) -> bytes:
        """Ask for the keys; raise KeysUnavailable."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=self._deadline,
                trust_env=not self._direct,
                # What is asked for every few minutes need not be kept open, and no answer is to be unpacked.
                limits=httpx.Limits(max_keepalive_connections=0),
                headers={"accept": "application/jwk-set+json, application/json", "accept-encoding": "identity"},
            )
        try:
            async with (
                asyncio.timeout(self._deadline),
                self._client.stream("GET", self.place) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise KeysUnavailable(f"it answered with status {response.status_code}")
                text = b""
                async for part in response.aiter_raw():
                    text = bounded(text + part)
                return text
        except TimeoutError:
            raise KeysUnavailable(f"it did not answer within {self._deadline:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise KeysUnavailable(str(error) or type(error).__name__) from None

    async def close(self) -> None:
        """Let go of the client."""
        if self._client is not None:
            await self._client.aclose()
