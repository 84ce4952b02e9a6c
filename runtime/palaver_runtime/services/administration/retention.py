"""Forgetting what need not be kept."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from palaver_runtime.admin_ports import AdminStore
from palaver_runtime.domain.errors import NotFound
from palaver_runtime.ports import Clock
from palaver_runtime.services.administration.forgetting import forget
from palaver_runtime.services.administration.paging import PAGE, pages

SESSIONS_AT_ONCE = 200
"""Sessions that are removed in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which messages may go: all but the newest `keep` of a conversation, those older than an age, or both."""

    keep: int | None = None
    older_than: timedelta | None = None


class RetentionService:
    """Forgets old messages and old sessions. Clients are told nothing: it is as if these had never been there."""

    def __init__(self, store: AdminStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def messages(
        self, rule: Rule, conversation_ids: Sequence[str] = (), *, dry_run: bool = False
    ) -> AsyncIterator[tuple[str, int]]:
        """Forget messages, of some conversations or of all; give each conversation that has any, and how many.

        With `dry_run` nothing is done. Raises NotFound for a conversation that is not there.
        """
        if conversation_ids:
            async with self._store.reading() as tx:
                known = await tx.revisions(conversation_ids)
            for each in conversation_ids:
                if each not in known:
                    raise NotFound(f"There is no conversation {each!r}")
        async for conversation_id in self._chosen(conversation_ids):
            if count := await self._forget(rule, conversation_id, dry_run=dry_run):
                yield conversation_id, count

    async def sessions(self, ended_for: timedelta, *, dry_run: bool = False) -> int:
        """Forget the sessions that ended or expired so long ago, with their tokens; give how many."""
        before = self._clock.now() - ended_for
        if dry_run:
            async with self._store.reading() as tx:
                return await tx.count_stale_sessions(before)
        gone = 0
        while True:
            async with self._store.writing() as writing:
                some = await writing.forget_sessions(before, SESSIONS_AT_ONCE)
            gone += some
            if some < SESSIONS_AT_ONCE:
                return gone

    async def _chosen(self, conversation_ids: Sequence[str]) -> AsyncIterator[str]:
        for conversation_id in conversation_ids:
            yield conversation_id
        if not conversation_ids:
            async for page in pages(self._store, lambda tx, after: tx.conversation_ids(after, PAGE), str):
                for conversation_id in page:
                    yield conversation_id

    async def _forget(self, rule: Rule, conversation_id: str, *, dry_run: bool) -> int:
        async with self._store.reading() as tx:
            position = await tx.position(conversation_id)
            until = 0
            if position is not None and rule.keep is not None:
                until = position.sequence - rule.keep
            if rule.older_than is not None:
                until = max(until, await tx.sequence_before(conversation_id, self._clock.now() - rule.older_than))
            count = await tx.count_messages(conversation_id, until) if until > 0 else 0
        return count if dry_run or not count else await forget(self._store, conversation_id, until)
