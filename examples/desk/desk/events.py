"""What clients ask for by events: what every chat has in a few words of the services, and the desk's own."""

from desk_wire.desk import models, table
from palaver_runtime.kit import (
    Caller,
    ConversationType,
    Core,
    CreateConversation,
    SendMessage,
    Session,
    Synchronise,
    distinct,
)
from pydantic import MISSING

from desk import codec, tickets
from desk.duty import Duty


class DeskEvents:
    """Implements the generated `EventHandlers`. `agents` are the user names of those who take care of tickets."""

    def __init__(self, core: Core, duty: Duty, agents: frozenset[str]) -> None:
        self._core = core
        self._duty = duty
        self._agents = agents

    async def ticket_open(self, session: Session, payload: models.OpenTicket) -> models.TicketAck:
        """Open a ticket and have it wait for an agent."""
        command = CreateConversation(
            type=ConversationType.GROUP,
            user_ids=distinct(payload.with_, "/with"),
            name=None if payload.subject is MISSING else payload.subject,
            metadata=tickets.State().kept_in({}),
        )
        ticket, _ = await self._core.conversations.create(session.caller, command)
        self._duty.opened(ticket, lambda: table.TICKET_WAITING.of(codec.ticket(ticket)))
        return models.TicketAck(ticket=codec.ticket(ticket))

    async def agent_ready(self, session: Session, payload: models.ReadyAgent) -> models.WaitingAck:
        """Tell an agent of tickets."""
        self._require_agent(session.caller)
        return models.WaitingAck(waiting=[codec.ticket(each) for each in self._duty.ready(session)])

    async def ticket_assign(self, session: Session, payload: models.AssignTicket) -> models.TicketAck:
        """Take care of a ticket."""
        self._require_agent(session.caller)
        ticket = await self._core.announcements.announce(
            payload.ticket_id, lambda found: tickets.assign(found, session.caller)
        )
        self._duty.settled(ticket.id)
        return models.TicketAck(ticket=codec.ticket(ticket))

    async def ticket_close(self, session: Session, payload: models.CloseTicket) -> models.TicketAck:
        """Say that a ticket is done."""
        ticket = await self._core.announcements.announce(
            payload.ticket_id, lambda found: tickets.close(found, session.caller, payload.resolution)
        )
        self._duty.settled(ticket.id)
        return models.TicketAck(ticket=codec.ticket(ticket))

    async def message_send(self, session: Session, payload: models.SendMessage) -> models.MessageAck:
        """Store a message; everybody who takes part hears of it."""
        found = await self._core.conversations.get(session.caller, payload.ticket_id)
        tickets.require_open(found.conversation)
        command = SendMessage(
            conversation_id=payload.ticket_id,
            content=payload.text,
            client_id=None if payload.client_id is MISSING else payload.client_id,
        )
        return models.MessageAck(message=codec.message(await self._core.messages.send(session.caller, command)))

    async def ticket_sync(self, session: Session, payload: models.SyncTicket) -> models.SyncAck:
        """Give what was missed."""
        missed = await self._core.messages.synchronise(
            session.caller,
            Synchronise(
                conversation_id=payload.ticket_id,
                last_message_id=None if payload.last_message_id is MISSING else payload.last_message_id,
                revision=None if payload.revision is MISSING else payload.revision,
                limit=payload.limit,
            ),
        )
        return models.SyncAck(
            messages=[codec.message(each) for each in missed.messages],
            changed=[codec.message(each) for each in missed.changed],
            has_more=missed.has_more,
            revision=missed.revision,
        )

    async def server_ping(self, session: Session, payload: models.Ping) -> models.Pong:
        """Tell the time."""
        return models.Pong(clock=int(self._core.clock.now().timestamp() * 1000))

    def _require_agent(self, caller: Caller) -> None:
        if caller.profile.name not in self._agents:
            raise tickets.NotAnAgent("Only an agent of this desk may do this")
