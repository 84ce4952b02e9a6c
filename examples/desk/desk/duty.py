"""Which agents take tickets just now, and what waits for them.

This is of the moment and of this process: after a restart agents say again that they are ready, and what was opened
before is found by those who take part in it alone. A desk with several instances would keep it in a table of its own.
"""

from collections.abc import Callable

from palaver_runtime.kit import Conversation, Notification, Session


class Duty:
    """Agents by connection, and open tickets in the order in which they came."""

    def __init__(self) -> None:
        self._agents: dict[str, Session] = {}
        self._waiting: dict[str, Conversation] = {}

    def ready(self, session: Session) -> list[Conversation]:
        """Tell this connection of tickets from now on, and give those that wait already."""
        self._agents[session.member.id] = session
        return list(self._waiting.values())

    def opened(self, ticket: Conversation, notification: Callable[[], Notification]) -> None:
        """Let a ticket wait, and tell the agents who are still connected."""
        self._waiting[ticket.id] = ticket
        self._agents = {name: agent for name, agent in self._agents.items() if agent.member.ready}
        for agent in self._agents.values():
            agent.tell(*notification())

    def settled(self, ticket_id: str) -> None:
        """Let a ticket wait no longer."""
        self._waiting.pop(ticket_id, None)
