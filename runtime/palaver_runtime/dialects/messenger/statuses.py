"""Who is online, as each connection was last told. Pure.

A user's coming and going is published to each of the user's conversations. Here it names no conversation, so that
whoever shares several is told by the first and would only hear the same again from the others.
"""

from palaver_runtime.domain.events import PresenceChanged


class Statuses:
    """What connections were told last."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, bool]] = {}

    def news(self, connection_id: str, event: PresenceChanged) -> bool:
        """Note that a connection is being told; False when that is what it was told last of this user."""
        told = self._told.setdefault(connection_id, {})
        if told.get(event.user_id) is event.online:
            return False
        told[event.user_id] = event.online
        return True

    def forget(self, connection_id: str) -> None:
        """Forget a connection that has ended; one that was told nothing is none to forget."""
        self._told.pop(connection_id, None)
