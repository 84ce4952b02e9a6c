"""The rules of tickets, without a server."""

from datetime import UTC, datetime

import pytest
from palaver_runtime.kit import Caller, Conversation, ConversationType, Forbidden, Participant, Role

from desk import tickets

NOW = datetime(2026, 11, 20, tzinfo=UTC)
CUSTOMER, AGENT, WATCHER = (Caller(user_id=each) for each in ("customer", "agent", "watcher"))


def ticket(state: tickets.State = tickets.State()) -> Conversation:  # noqa: B008
    """Give a ticket of the customer's that somebody watches."""
    people = tuple(Participant(user_id=each.user_id, role=Role.MEMBER, joined_at=NOW) for each in (CUSTOMER, WATCHER))
    return Conversation(
        id="6565f1a2b3c4d5e6f7a8b901",
        type=ConversationType.GROUP,
        name=None,
        metadata=state.kept_in({"of": "another"}),
        created_by="customer",
        created_at=NOW,
        updated_at=NOW,
        active_at=NOW,
        revision=1,
        sequence=0,
        participants=people,
    )


ASSIGNED = tickets.State(tickets.models.Status.ASSIGNED, "agent")
CLOSED = tickets.State(tickets.models.Status.CLOSED, "agent")


def test_an_agent_takes_an_open_ticket() -> None:
    """It is told and kept, and the agent comes in; what others keep stays."""
    told = tickets.assign(ticket(), AGENT)
    assert (told.event, told.payload) == ("ticket:assigned", {"ticketId": ticket().id, "agent": "agent"})
    assert told.admit == ("agent",)
    assert told.metadata == {"of": "another", "desk": {"status": "assigned", "agent": "agent"}}


def test_nobody_takes_it_twice() -> None:
    """A ticket that is taken or closed is refused by the codes of the documents."""
    with pytest.raises(tickets.TicketTaken):
        tickets.assign(ticket(ASSIGNED), AGENT)
    with pytest.raises(tickets.TicketClosed):
        tickets.assign(ticket(CLOSED), AGENT)


def test_customer_or_agent_close_it() -> None:
    """Who merely watches may not, nor may a stranger, and only once."""
    assert tickets.close(ticket(), CUSTOMER, "done").event == "ticket:closed"
    for stranger in (WATCHER, AGENT):
        with pytest.raises(Forbidden):
            tickets.close(ticket(), stranger, "done")
    with pytest.raises(tickets.TicketClosed):
        tickets.close(ticket(CLOSED), CUSTOMER, "done")
