"""The keys of an issuer as they are known here: fetched beside the requests, kept for a while, renewed."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from palaver_runtime.adapters.tokens.keys import Key, KeySet, NoKeySet, read_key_set
from palaver_runtime.adapters.tokens.sources import KeySource, KeysUnavailable
from palaver_runtime.domain.errors import Unavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Times in seconds: how often keys are fetched, how long not again, and how long they are good without an answer.

    Within `cooldown` there is one fetch at most, whatever tokens come in. While the source is away the next attempt
    comes after it.
    """

    refresh: float = 300.0
    cooldown: float = 10.0
    keep: float = 3_600.0


class KeyRing:
    """Keys by their names. A token never decides where keys come from: it names one, and that is there or not.

    A name that is not known yet has the keys fetched at once, as an issuer signs with new ones from one moment to the
    next. Whoever makes names up gets no more than that: those who ask meanwhile wait for the same fetch, and after it
    nobody is asked again for a while.
    """

    def __init__(
        self, source: KeySource, terms: Terms | None = None, *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._terms = terms or Terms()
        self._seconds = seconds
        self._keys = KeySet()
        self._had_at: float | None = None
        self._asked_at: float | None = None
        self._away = False
        self._told_unusable: tuple[str, ...] = ()
        self._flight: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Fetch the keys for the first time, and go on by the terms; one that is away is asked again."""
        await self._renew()
        self._renewing = asyncio.create_task(self._go_on(), name="renew the keys of the issuer")

    async def close(self) -> None:
        """Fetch no more."""
        for task in (self._renewing, self._flight):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self._source.close()

    async def find(self, key_id: str | None, algorithm: object) -> Key | None:
        """Give the key that a token names, None for one that the issuer does not have.

        Raises Unavailable while no key is known, or those that are have not been confirmed for too long.
        """
        key = self._good().find(key_id, algorithm)
        if key is None and key_id is not None and self._may_ask():
            await self._renew()
            key = self._good().find(key_id, algorithm)
        if key is None and not self._is_good():
            raise Unavailable(f"the keys of {self._source.place} are not known", "the issuer of tokens")
        return key

    def _good(self) -> KeySet:
        return self._keys if self._is_good() else KeySet()

    def _is_good(self) -> bool:
        return self._had_at is not None and self._seconds() - self._had_at < self._terms.keep

    def _may_ask(self) -> bool:
        return self._flight is not None or self._asked_at is None or self._wait() <= 0

    def _wait(self) -> float:
        """Give in how many seconds the source may be asked again."""
        return self._terms.cooldown - (self._seconds() - (self._asked_at or 0.0))

    async def _renew(self) -> None:
        """Fetch, or wait for the fetch that is under way."""
        if self._flight is None:
            self._asked_at = self._seconds()
            self._flight = asyncio.create_task(self._fetch(), name="fetch the keys of the issuer")
            self._flight.add_done_callback(self._landed)
        await asyncio.shield(self._flight)

    def _landed(self, _: asyncio.Task[None]) -> None:
        self._flight = None

    async def _go_on(self) -> None:
        while True:
            asked_at = self._asked_at or 0.0
            due = asked_at + (self._terms.cooldown if self._away else self._terms.refresh)
            await asyncio.sleep(max(0.0, due - self._seconds()))
            if self._asked_at == asked_at:
                await self._renew()

    async def _fetch(self) -> None:
        try:
            keys = read_key_set(await self._source.fetch())
        except (KeysUnavailable, NoKeySet) as error:
            self._missed(str(error))
        except Exception:
            logger.exception("the keys of %s could not be fetched", self._source.place)
            self._missed("see above")
        else:
            self._had(keys)

    def _had(self, keys: KeySet) -> None:
        if self._away:
            logger.info("%s gives the keys of the issuer again", self._source.place)
        self._away = False
        self._keys, self._had_at = keys, self._seconds()
        if keys.unusable != self._told_unusable:
            self._told_unusable = keys.unusable
            for each in keys.unusable:
                logger.warning("%s has a key that is not used: %s", self._source.place, each)

    def _missed(self, reason: str) -> None:
        """Go on with the keys that are known; say so once."""
        if not self._away:
            known = f"those known stay good for {self._terms.keep:g} s" if self._is_good() else "none is known"
            logger.warning("%s does not give the keys of the issuer, %s: %s", self._source.place, known, reason)
        self._away = True
