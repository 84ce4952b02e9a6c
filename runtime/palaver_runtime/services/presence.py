"""Who is connected."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from palaver_runtime.domain.errors import ConnectionRefused, Forbidden
from palaver_runtime.domain.events import PresenceChanged
from palaver_runtime.domain.policies import NOT_A_PARTICIPANT
from palaver_runtime.domain.values import UNNAMED, Caller, Profile
from palaver_runtime.metrics import Metrics
from palaver_runtime.ports import Clock, Presence, Publisher, Reader, Standing, Store
from palaver_runtime.services.deadlines import Deadlines
from palaver_runtime.services.together import Together

OFFLINE_GRACE = 1.0
"""Seconds that a user may be without a connection before the others are told, so that a reload does not flap."""

_TOGETHER: Final = 32
"""Users who are told of in one go: to ask for each what conversations they are in takes several times as long, and for
so many the loop is busy for less than a millisecond."""


class PresenceService:
    """Tells those who share a conversation with a user when the user comes and goes."""

    def __init__(
        self,
        store: Store,
        presence: Presence,
        publisher: Publisher,
        clock: Clock,
        *,
        max_connections: int,
        grace: float = OFFLINE_GRACE,
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._presence = presence
        self._publisher = publisher
        self._clock = clock
        self._max_connections = max_connections
        self._metrics = metrics or Metrics()
        self._leaving: Together[tuple[str, str]] = Together(0.0, _TOGETHER, self._depart)
        self._departures = Together(grace, _TOGETHER, self.gone)
        self._returns: Deadlines[str] = Deadlines(self._return)

    async def admit(self, user_id: str, connection_id: str) -> None:
        """Note a connection that is being set up; raise ConnectionRefused when the user has too many.

        Whatever becomes of it, `departed` is to be called in the end.
        """
        count = await self._presence.arrive(user_id, connection_id)
        if count > self._max_connections:
            # Some of them may have ended in this very moment.
            await self._leaving.finish()
            count = await self._presence.arrive(user_id, connection_id)
        if count > self._max_connections:
            self._metrics.refusals.add("connections")
            raise ConnectionRefused(f"A user can have at most {self._max_connections} connections")

    async def arrived(self, user_id: str, profile: Profile, conversation_ids: Collection[str]) -> None:
        """Tell the others that the user is here, unless they know: the connection is ready."""
        self._departures.cancel(user_id)
        if await self._presence.announce(user_id):
            self._tell(user_id, profile, conversation_ids, online=True)

    def departed(self, user_id: str, connection_id: str) -> None:
        """Note that a connection has ended; the others are told if none comes back within the grace."""
        self._leaving.set((user_id, connection_id))

    def lost(self, user_ids: Iterable[str]) -> None:
        """Learn that users have lost their last connection with an instance that ended; others are told soon."""
        for user_id in user_ids:
            self._returns.cancel(user_id)
            self._departures.set(user_id)

    def found(self, user_ids: Iterable[str]) -> None:
        """Learn that users were given up for lost and are connected here; others are told soon."""
        for user_id in user_ids:
            self._departures.cancel(user_id)
            self._returns.set(user_id, 0.0)

    async def gone(self, user_ids: Sequence[str]) -> None:
        """Tell the others that users are away, but for those of whom there is a connection again.

        Where the last ones leave there are no others, and nobody has to find out where they would be told.
        """
        if not self._publisher.heard:
            await self._presence.withdraw(user_ids)
            return
        known = await self._known(user_ids)
        away = await self._presence.withdraw(user_ids)
        if not away:
            return
        for user_id in user_ids:
            if user_id in away:
                self._tell(user_id, *known[user_id], online=False)
        # Whoever came back to another instance in this very moment may have been told of before this.
        for user_id in await self._presence.online(sorted(away)):
            self._tell(user_id, *known[user_id], online=True)

    async def online(self, caller: Caller, conversation_id: str) -> tuple[str, ...]:
        """Give the participants of a conversation who are connected, in the order in which they joined."""
        conversation = await self._store.ask(lambda tx: tx.conversation(conversation_id))
        if conversation is None or conversation.participant(caller.user_id) is None:
            raise Forbidden(NOT_A_PARTICIPANT)
        user_ids = [each.user_id for each in conversation.participants]
        online = await self._presence.online(user_ids)
        return tuple(each for each in user_ids if each in online)

    async def close(self) -> None:
        """Tell of pending departures now: there will be nobody left to do it here."""
        await self._leaving.finish()
        await self._departures.finish()
        await self._returns.finish()

    async def _depart(self, connections: Sequence[tuple[str, str]]) -> None:
        for user_id in await self._presence.depart(connections):
            self._departures.set(user_id)

    async def _return(self, user_id: str) -> None:
        if await self._presence.announce(user_id):
            known = await self._known([user_id])
            self._tell(user_id, *known[user_id], online=True)

    async def _known(self, user_ids: Sequence[str]) -> Mapping[str, tuple[Profile, Collection[str]]]:
        """Give how users are called, and in what conversations they are."""

        async def read(tx: Reader) -> tuple[dict[str, Profile], tuple[Standing, ...]]:
            return await tx.profiles(user_ids), await tx.standings(user_ids)

        profiles, standings = await self._store.ask(read)
        conversations: dict[str, list[str]] = {each: [] for each in user_ids}
        for each in standings:
            conversations[each.user_id].append(each.conversation_id)
        return {user_id: (profiles.get(user_id, UNNAMED), inside) for user_id, inside in conversations.items()}

    def _tell(self, user_id: str, profile: Profile, conversation_ids: Collection[str], *, online: bool) -> None:
        now = self._clock.now()
        for conversation_id in conversation_ids:
            self._publisher.publish(
                PresenceChanged(
                    conversation_id=conversation_id, user_id=user_id, profile=profile, online=online, at=now
                )
            )
