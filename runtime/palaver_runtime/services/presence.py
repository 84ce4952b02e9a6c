"""Who is connected."""

from collections.abc import Collection, Iterable
from functools import partial

from palaver_runtime.domain.errors import ConnectionRefused, Forbidden
from palaver_runtime.domain.events import PresenceChanged
from palaver_runtime.domain.policies import NOT_A_PARTICIPANT
from palaver_runtime.domain.values import UNNAMED, Caller, Profile
from palaver_runtime.metrics import Metrics
from palaver_runtime.ports import Clock, Presence, Publisher, Store
from palaver_runtime.services.deadlines import Deadlines

OFFLINE_GRACE = 1.0
"""Seconds that a user may be without a connection before the others are told, so that a reload does not flap."""


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
        self._grace = grace
        self._max_connections = max_connections
        self._metrics = metrics or Metrics()
        self._departures: Deadlines[str] = Deadlines()

    async def admit(self, user_id: str, connection_id: str) -> None:
        """Note a connection that is being set up; raise ConnectionRefused when the user has too many.

        Whatever becomes of it, `departed` is to be called in the end.
        """
        count = await self._presence.arrive(user_id, connection_id)
        if count > self._max_connections:
            self._metrics.refusals.add("connections")
            raise ConnectionRefused(f"A user can have at most {self._max_connections} connections")

    async def arrived(self, user_id: str, profile: Profile, conversation_ids: Collection[str]) -> None:
        """Tell the others that the user is here, unless they know: the connection is ready."""
        self._departures.cancel(user_id)
        if await self._presence.announce(user_id):
            self._tell(user_id, profile, conversation_ids, online=True)

    async def departed(self, user_id: str, connection_id: str) -> None:
        """Note that a connection has ended; the others are told if none comes back within the grace."""
        if await self._presence.depart(user_id, connection_id):
            self._departures.set(user_id, self._grace, partial(self.gone, user_id))

    def lost(self, user_ids: Iterable[str]) -> None:
        """Learn that users have lost their last connection with an instance that ended; others are told soon."""
        for user_id in user_ids:
            self._departures.set(user_id, self._grace, partial(self.gone, user_id))

    def found(self, user_ids: Iterable[str]) -> None:
        """Learn that users were given up for lost and are connected here; others are told soon."""
        for user_id in user_ids:
            self._departures.set(user_id, 0.0, partial(self._return, user_id))

    async def gone(self, user_id: str) -> None:
        """Tell the others that the user is away, unless there is a connection again."""
        conversation_ids, profile = await self._known(user_id)
        if not await self._presence.withdraw(user_id):
            return
        self._tell(user_id, profile, conversation_ids, online=False)
        # Whoever came back to another instance in this very moment may have been told of before this.
        if await self._presence.online([user_id]):
            self._tell(user_id, profile, conversation_ids, online=True)

    async def online(self, caller: Caller, conversation_id: str) -> tuple[str, ...]:
        """Give the participants of a conversation who are connected, in the order in which they joined."""
        conversation = await self._store.read(lambda tx: tx.conversation(conversation_id))
        if conversation is None or conversation.participant(caller.user_id) is None:
            raise Forbidden(NOT_A_PARTICIPANT)
        user_ids = [each.user_id for each in conversation.participants]
        online = await self._presence.online(user_ids)
        return tuple(each for each in user_ids if each in online)

    async def close(self) -> None:
        """Tell of pending departures now: there will be nobody left to do it here."""
        await self._departures.finish()

    async def _return(self, user_id: str) -> None:
        if await self._presence.announce(user_id):
            conversation_ids, profile = await self._known(user_id)
            self._tell(user_id, profile, conversation_ids, online=True)

    async def _known(self, user_id: str) -> tuple[Collection[str], Profile]:
        """Give in what conversations a user is, and how they are called."""
        known = await self._store.ask(lambda tx: tx.known(user_id))
        user = known.user
        return known.memberships, UNNAMED if user is None or user.deleted_at is not None else user.profile

    def _tell(self, user_id: str, profile: Profile, conversation_ids: Collection[str], *, online: bool) -> None:
        now = self._clock.now()
        for conversation_id in conversation_ids:
            self._publisher.publish(
                PresenceChanged(
                    conversation_id=conversation_id, user_id=user_id, profile=profile, online=online, at=now
                )
            )
