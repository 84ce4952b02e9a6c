"""Looking after sessions."""

from collections.abc import AsyncIterator, Sequence

from palaver_runtime.admin_ports import AdminStore
from palaver_runtime.domain.errors import NotFound
from palaver_runtime.domain.events import SessionEnded
from palaver_runtime.domain.values import Session
from palaver_runtime.ports import Clock, Publisher
from palaver_runtime.services.administration.paging import PAGE, pages


class SessionAdministration:
    """Lists sessions and ends them: their tokens stop working, and their connections are closed on every instance."""

    def __init__(self, store: AdminStore, publisher: Publisher, clock: Clock) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock

    async def listing(self, user_id: str | None = None) -> AsyncIterator[Session]:
        """Give the sessions, of a user or of all, that have neither ended nor expired, by ascending identifier."""
        async for page in self._live(user_id):
            for session in page:
                yield session

    async def find(self, session_ids: Sequence[str]) -> tuple[Session, ...]:
        """Give sessions, ended ones too; raise NotFound for one that is not there."""
        found = []
        async with self._store.reading() as tx:
            for session_id in session_ids:
                session = await tx.session(session_id)
                if session is None:
                    raise NotFound(f"There is no session {session_id!r}")
                found.append(session)
        return tuple(found)

    async def revoke(self, sessions: Sequence[Session]) -> int:
        """End sessions; give how many had not ended before. Those that had are told again: telling may have failed."""
        now = self._clock.now()
        async with self._store.writing() as tx:
            ended = [await tx.end_session(each.id, now) for each in sessions]
        for each in sessions:
            self._publisher.publish(SessionEnded(user_id=each.user_id, session_id=each.id))
        return sum(ended)

    async def revoke_all(self, user_id: str | None = None) -> int:
        """End all live sessions, or those of a user; give how many they were."""
        return sum([await self.revoke(page) async for page in self._live(user_id)])

    async def _live(self, user_id: str | None) -> AsyncIterator[tuple[Session, ...]]:
        now = self._clock.now()
        async for page in pages(
            self._store,
            lambda tx, after: tx.live_sessions(now, after, PAGE, user_id=user_id),
            lambda session: session.id,
        ):
            yield page
