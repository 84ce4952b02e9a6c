"""Who is there."""

from collections.abc import Sequence

from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime.adapters.memory import MemoryPresence
from palaver_runtime.delivery import hub
from palaver_runtime.delivery.audience import Member, recipients
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.domain.events import Event, PresenceChanged
from palaver_runtime.domain.values import Caller
from palaver_runtime.services.presence import PresenceService


@mutant("presence.offline.last", "never to receive presence.offline")
def goes_offline_with_any_connection() -> None:
    """The end of one connection is taken for the end of all."""
    depart = MemoryPresence.depart

    async def hasty(self: MemoryPresence, connections: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        await depart(self, connections)
        for user_id, _ in connections:
            self._connections.pop(user_id, None)
        return tuple(user_id for user_id, _ in connections)

    MemoryPresence.depart = hasty


@mutant("presence.offline.last", "to receive presence.offline")
def keeps_ghosts() -> None:
    """Who was online once is so for ever."""

    def stay(self: PresenceService, user_id: str, connection_id: str) -> None:
        """Do nothing."""

    PresenceService.departed = stay


@mutant("presence.online.first", "exactly once")
def comes_online_with_every_connection() -> None:
    """Each connection of a user is news."""

    async def always(self: MemoryPresence, user_id: str) -> bool:
        self._online.add(user_id)
        return True

    MemoryPresence.announce = always


@mutant("presence.online.first", "newcomer/1 never to receive presence.online")
def tells_users_of_themselves() -> None:
    """Whoever comes is told so on all connections that there are."""

    def everybody(event: Event, conversation_id: str, followers: list[Member]) -> list[Member]:
        if isinstance(event, PresenceChanged):
            return list(followers)
        return recipients(event, conversation_id, followers)

    hub.recipients = everybody


@mutant("presence.online.first", "stranger/1 never to receive presence.online")
def tells_strangers_who_is_online() -> None:
    """Everybody hears who comes and goes."""
    deliver = Hub._deliver

    def aloud(self: Hub, event: Event, conversation_id: str, *place: object) -> None:
        deliver(self, event, conversation_id, *place)
        if isinstance(event, PresenceChanged):
            # Those who are only just entering hear of it when they have.
            inside = (*self._followers.get(conversation_id, {}), *self._late.get(conversation_id, {}))
            members = {each.user_id for each in inside} | {event.user_id}
            strangers = [each for user_id, here in self._users.items() if user_id not in members for each in here]
            self._write(event, [each for each in strangers if each.ready])

    Hub._deliver = aloud


@mutant("presence.reconnect.quick", "never to receive presence.offline", tier=Tier.SUBTLE)
def flaps() -> None:
    """Who is without a connection for a moment is away."""
    begin = PresenceService.__init__

    def hasty(self: PresenceService, *given: object, **named: object) -> None:
        begin(self, *given, **{**named, "grace": 0.0})

    PresenceService.__init__ = hasty


@mutant("presence.list.online", "asked by one who is not")
def takes_requests_for_presence() -> None:
    """Who asks is there."""
    online = PresenceService.online

    async def included(self: PresenceService, caller: Caller, conversation_id: str) -> tuple[str, ...]:
        return tuple({*await online(self, caller, conversation_id), caller.user_id})

    PresenceService.online = included
