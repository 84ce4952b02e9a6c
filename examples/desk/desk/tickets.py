"""The rules of tickets. Pure: each takes a ticket as it stands, and says what is to be told and kept, or refuses.

A ticket is a conversation, and what the desk knows of it stands in the conversation's metadata, under the desk's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from desk_wire.desk import models, table
from palaver_runtime.kit import Announcement, Caller, ChatError, Conversation, Forbidden, require_participant

DIALECT = "desk"


class NotAnAgent(ChatError):
    """Only an agent may do this."""

    code = "NOT_AN_AGENT"


class TicketClosed(ChatError):
    """The ticket is done."""

    code = "TICKET_CLOSED"


class TicketTaken(ChatError):
    """Somebody else takes care of the ticket."""

    code = "TICKET_TAKEN"


@dataclass(frozen=True)
class State:
    """What the desk keeps of a ticket: its status, and the user who takes care of it."""

    status: models.Status = models.Status.OPEN
    agent: str | None = None

    @classmethod
    def of(cls, ticket: Conversation) -> "State":
        """Read it. A conversation that came to be without the desk is open."""
        kept = cast("Mapping[str, Any]", ticket.metadata.get(DIALECT, {}))
        return cls(models.Status(kept.get("status", "open")), kept.get("agent"))

    def kept_in(self, metadata: Mapping[str, object]) -> dict[str, object]:
        """Write it beside what others keep."""
        return {**metadata, DIALECT: {"status": self.status.value, "agent": self.agent}}


def require_open(ticket: Conversation) -> State:
    """Refuse what comes too late."""
    state = State.of(ticket)
    if state.status is models.Status.CLOSED:
        raise TicketClosed("This ticket is closed")
    return state


def assign(ticket: Conversation, caller: Caller) -> Announcement:
    """Let an agent take care of a ticket; from now on the agent takes part in it."""
    state = require_open(ticket)
    if state.agent is not None:
        raise TicketTaken("Somebody takes care of this ticket already")
    assigned = models.TicketAssigned(ticket_id=ticket.id, agent=caller.user_id)
    return Announcement(
        DIALECT,
        *table.TICKET_ASSIGNED.encode(assigned),
        metadata=State(models.Status.ASSIGNED, caller.user_id).kept_in(ticket.metadata),
        admit=(caller.user_id,),
    )


def close(ticket: Conversation, caller: Caller, resolution: str) -> Announcement:
    """Let the customer or the agent end a ticket."""
    require_participant(ticket.participant(caller.user_id))
    state = require_open(ticket)
    if caller.user_id not in (ticket.created_by, state.agent):
        raise Forbidden("Only the customer and the agent may close a ticket")
    closed = models.TicketClosed(ticket_id=ticket.id, by=caller.user_id, resolution=resolution)
    return Announcement(
        DIALECT,
        *table.TICKET_CLOSED.encode(closed),
        metadata=State(models.Status.CLOSED, state.agent).kept_in(ticket.metadata),
    )
