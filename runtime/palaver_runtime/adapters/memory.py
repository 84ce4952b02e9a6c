"""A bus and a register of presence for a server that is a single instance."""

from collections.abc import Callable, Sequence

from palaver_runtime.domain.events import Durable, Event


class MemoryBus:
    """Hands events over within the process, at once."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._receiver: Callable[[Event], None] | None = None
        #: How many changes have been published that nothing subscribes to.
        self.unheard: int = 0

    def attach(self, receiver: Callable[[Event], None]) -> None:
        """Say who receives the events: one receiver, before the first subscription."""
        if self._receiver is not None:
            raise RuntimeError("the bus has a receiver already")
        self._receiver = receiver

    def publish(self, topics: Sequence[str], event: Event) -> None:
        """Hand an event to the receiver, once, if any of the topics is subscribed to."""
        if self._topics.isdisjoint(topics):
            self.unheard += isinstance(event, Durable)
        elif self._receiver is not None:
            self._receiver(event)

    def subscribe(self, topic: str) -> None:
        """Receive the topic's events from now on. A repeated call changes nothing."""
        self._topics.add(topic)

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving the topic's events."""
        self._topics.discard(topic)

    @property
    def heard(self) -> bool:
        """Whether anything is subscribed to."""
        return bool(self._topics)

    async def settled(self) -> None:
        """Do nothing: a subscription is in force at once."""


class MemoryPresence:
    """Keeps who is connected to this process."""

    def __init__(self) -> None:
        # A user has few connections: of a set the first costs as much as of a tuple a dozen.
        self._connections: dict[str, tuple[str, ...]] = {}
        self._online: set[str] = set()

    async def arrive(self, user_id: str, connection_id: str) -> int:
        """Note a connection; give how many the user now has."""
        connections = self._connections.get(user_id, ())
        if connection_id not in connections:
            connections = self._connections[user_id] = (*connections, connection_id)
        return len(connections)

    async def announce(self, user_id: str) -> bool:
        """Note that a user is online; True when that is news."""
        news = user_id not in self._online
        self._online.add(user_id)
        return news

    async def depart(self, connections: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Forget connections, each given after its user, and not those unknown; give the users of whom none is left."""
        return tuple([user_id for user_id, connection_id in connections if self._forget(user_id, connection_id)])

    def _forget(self, user_id: str, connection_id: str) -> bool:
        """Forget a connection; tell whether it was the last one of the user."""
        connections = self._connections.get(user_id, ())
        if connection_id not in connections:
            return False
        left = tuple([each for each in connections if each != connection_id])
        if left:
            self._connections[user_id] = left
            return False
        del self._connections[user_id]
        return True

    async def withdraw(self, user_ids: Sequence[str]) -> frozenset[str]:
        """Note that users are offline, but for those with a connection; give those of whom that is news."""
        news = self._online.intersection(user_ids).difference(self._connections)
        self._online -= news
        return frozenset(news)

    async def online(self, user_ids: Sequence[str]) -> frozenset[str]:
        """Give those of the users who are online."""
        return frozenset(each for each in user_ids if each in self._online)
