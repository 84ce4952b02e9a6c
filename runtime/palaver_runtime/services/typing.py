"""Who is writing something just now."""

from palaver_runtime.domain.events import TypingChanged
from palaver_runtime.domain.policies import require_participant
from palaver_runtime.domain.values import Caller, Participant, Profile
from palaver_runtime.ports import Clock, Publisher, Store
from palaver_runtime.services.deadlines import Deadlines

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
        self._typing: dict[tuple[str, str], tuple[str, Profile]] = {}
        self._deadlines: Deadlines[tuple[str, str]] = Deadlines()

    async def start(self, caller: Caller, conversation_id: str, connection_id: str) -> None:
        """Note that the caller types; the others are told when it is news."""
        profile = (await self._admit(caller, conversation_id)).profile
        place = (conversation_id, caller.user_id)
        news = place not in self._typing
        self._typing[place] = connection_id, profile
        self._deadlines.set(place, self._timeout, lambda: self._expire(place))
        if news:
            self._tell(place, profile, active=True)

    async def stop(self, caller: Caller, conversation_id: str) -> None:
        """Note that the caller stopped; the others are told when it is news."""
        await self._admit(caller, conversation_id)
        self.ended(conversation_id, caller.user_id)

    def ended(self, conversation_id: str, user_id: str) -> None:
        """Take typing as ended by something else: the message was sent, or the user is gone."""
        place = (conversation_id, user_id)
        typing = self._typing.pop(place, None)
        if typing is not None:
            self._deadlines.cancel(place)
            self._tell(place, typing[1], active=False)

    def disconnected(self, connection_id: str) -> None:
        """End all typing that was noted on a connection."""
        for conversation_id, user_id in [
            place for place, (connection, _) in self._typing.items() if connection == connection_id
        ]:
            self.ended(conversation_id, user_id)

    async def close(self) -> None:
        """Forget everything."""
        self._typing.clear()
        await self._deadlines.close()

    async def _admit(self, caller: Caller, conversation_id: str) -> Participant:
        return require_participant(await self._store.ask(lambda tx: tx.participant(conversation_id, caller.user_id)))

    async def _expire(self, place: tuple[str, str]) -> None:
        self.ended(*place)

    def _tell(self, place: tuple[str, str], profile: Profile, *, active: bool) -> None:
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
