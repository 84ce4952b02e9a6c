"""What a server is expected to take before it says that it is too much."""

from dataclasses import dataclass

_FLOOD = 600
_DEVICES = 20


@dataclass(frozen=True)
class Limits:
    """What is known of a server's limits; None where nothing is, and they are then sought within bounds.

    `messages` is how many one user may send at once, `connections` how many one user may have open.
    """

    messages: int | None = None
    connections: int | None = None

    @property
    def flood(self) -> int:
        """How many messages, sent at once, have to meet the limit."""
        # Twice as many: the limit may be lifted a little already while they arrive.
        return _FLOOD if self.messages is None else 2 * self.messages

    @property
    def devices(self) -> int:
        """With how many connections of one user the limit has to be met, if there is one."""
        return _DEVICES if self.connections is None else self.connections + 1
