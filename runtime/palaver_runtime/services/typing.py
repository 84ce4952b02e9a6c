"""Who is writing something just now."""

from typing import TypeAlias

from palaver_runtime.domain.events import TypingChanged
from palaver_runtime.domain.policies import require_participant
from palaver_runtime.domain.values import Caller, Participant, Profile
from palaver_runtime.ports import Clock, Publisher, Store
from palaver_runtime.services.deadlines import Deadlines

_Place: TypeAlias = tuple[str, str]
"""A conversation and a user."""

TYPING_TIMEOUT = 6.0
"""Seconds after which a user who says no more about it is taken to have stopped."""


class TypingService:
    """Tells participants when somebody starts and stops typing; nothing of it is stored."""

    def __init__(self, store: Store, publisher: Publisher, clock: Clock, timeout: float = TYPING_TIMEOUT) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._timeout = timeout
        # The connection that said so last, and how the user is called.
        self._typing: dict[_Place, tuple[str, Profile]] = {}
        # Of many connections that end at once, none has to look at all that others type.
        self._by_connection: dict[str, set[_Place]] = {}
        self._deadlines: Deadlines[_Place] = Deadlines(self._expire)

    async def start(self, caller: Caller, conversation_id: str, connection_id: str) -> None:
        """Note that the caller types; the others are told when it is news."""
        profile = (await self._admit(caller, conversation_id)).profile
        place = (conversation_id, caller.user_id)
        news = self._forget(place) is None
        self._typing[place] = connection_id, profile
        self._by_connection.setdefault(connection_id, set()).add(place)
        self._deadlines.set(place, self._timeout)
        if news:
            self._tell(place, profile, active=True)

    async def stop(self, caller: Caller, conversation_id: str) -> None:
        """Note that the caller stopped; the others are told when it is news."""
        await self._admit(caller, conversation_id)
        self.ended(conversation_id, caller.user_id)

    def ended(self, conversation_id: str, user_id: str) -> None:
        """Take typing as ended by something else: the message was sent, or the user is gone."""
        place = (conversation_id, user_id)
        profile = self._forget(place)
        if profile is not None:
            self._deadlines.cancel(place)
            self._tell(place, profile, active=False)

    def disconnected(self, connection_id: str) -> None:
        """End all typing that was noted on a connection."""
        for place in sorted(self._by_connection.get(connection_id, ())):
            self.ended(*place)

    async def close(self) -> None:
        """Forget everything."""
        self._typing.clear()
        self._by_connection.clear()
        await self._deadlines.close()

    async def _admit(self, caller: Caller, conversation_id: str) -> Participant:
        return require_participant(await self._store.ask(lambda tx: tx.participant(conversation_id, caller.user_id)))

    async def _expire(self, place: _Place) -> None:
        self.ended(*place)

    def _forget(self, place: _Place) -> Profile | None:
        """Take somebody for one who does not type; give how they are called, None if they did not."""
        connection_id, profile = self._typing.pop(place, (None, None))
        if connection_id is not None:
            places = self._by_connection[connection_id]
            places.discard(place)
            if not places:
                del self._by_connection[connection_id]
        return profile

    def _tell(self, place: _Place, profile: Profile, *, active: bool) -> None:
        conversation_id, user_id = place
        self._publisher.publish(
            TypingChanged(
                conversation_id=conversation_id,
                user_id=user_id,
                profile=profile,
                active=active,
                at=self._clock.now(),
            )
        )
