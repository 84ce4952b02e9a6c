"""Messages: sending and receiving."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from mutants.catalogue.silence import sends_in_silence
from mutants.defect import Tier
from mutants.mutant import mutant
from mutants.usual import begin_nothing_at_once

from palaver_runtime.delivery import hub
from palaver_runtime.delivery.audience import Member, recipients
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.dialects import _reading
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._voice import Line, Session
from palaver_runtime.dialects.gateway import codec
from palaver_runtime.dialects.gateway.routes import GatewayRoutes
from palaver_runtime.dialects.gateway.voice import GatewayVoice
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.events import Event, MessageCreated
from palaver_runtime.domain.values import Caller, Message, Participant, Role
from palaver_runtime.ports import Sending
from palaver_runtime.services import drafts, messages
from palaver_runtime.services.drafts import Draft, Sent
from palaver_runtime.services.messages import MessageService
from palaver_runtime.transports.sockets import Acknowledgement
from palaver_wire.gateway import models


@mutant("messages.send.non-member", "a refusal with FORBIDDEN")
def lets_non_members_send() -> None:
    """Sending asks nobody whether they are in the conversation."""
    anybody = Participant(user_id="", role=Role.MEMBER, joined_at=datetime.now(UTC))
    drafts.require_participant = lambda participant: participant or anybody


@mutant("messages.send.rest", "to receive message.created")
def sends_by_request_in_silence() -> None:
    """A message that is sent by request is stored, and told to nobody."""
    sends_in_silence(GatewayRoutes, "create_message")


@mutant("messages.send.rest", "the fields of the message")
def writes_rest_messages_differently() -> None:
    """A message that is sent by request has a client identifier whether the client gave it one or not."""
    create_message = GatewayRoutes.create_message

    async def create(
        self: GatewayRoutes, caller: Caller, parameters: models.CreateMessageParameters, body: models.NewMessage
    ) -> models.Message:
        return await create_message(self, caller, parameters, body.model_copy(update={"client_message_id": "rest"}))

    GatewayRoutes.create_message = create


@mutant("messages.send.every-device", "to receive message.created")
def writes_to_one_device_only() -> None:
    """Of a user's connections the last one alone receives messages."""

    def last(event: Event, conversation_id: str, followers: list[Member]) -> list[Member]:
        return list({each.user_id: each for each in recipients(event, conversation_id, followers)}.values())

    hub.recipients = last


@mutant("messages.order.many", "how many messages alice hears", tier=Tier.SUBTLE)
def loses_one_in_200() -> None:
    """Of two hundred messages one is told to nobody but its sender."""
    deliver, numbers = Hub._deliver, count()

    def lossy(self: Hub, event: Event, conversation_id: str, *place: object) -> None:
        if not isinstance(event, MessageCreated) or next(numbers) % 200 != 150:
            deliver(self, event, conversation_id, *place)

    Hub._deliver = lossy


@mutant("sync.reconnect.again", "exactly once", tier=Tier.SUBTLE)
def doubles_after_the_second_reconnect() -> None:
    """Who has come back twice hears everything twice."""
    attach, write = Hub.attach, Hub._write
    visits: Counter[str] = Counter()
    returned: set[Member] = set()

    async def note(self: Hub, member: Member, *greet: object) -> None:
        visits[member.user_id] += 1
        if visits[member.user_id] > 2:
            returned.add(member)
        await attach(self, member, *greet)

    def double(event: Event, members: Iterable[Member]) -> None:
        members = list(members)
        write(event, members)
        if isinstance(event, MessageCreated):
            write(event, [each for each in members if each in returned])

    Hub.attach = note
    Hub._write = staticmethod(double)


@mutant("messages.order.pipelined", "the messages that the other receives", tier=Tier.SUBTLE)
def swaps_neighbours() -> None:
    """Two changes of a moment go out the wrong way round."""
    deliver = Hub._deliver
    held: list[tuple[object, ...]] = []

    def late(self: Hub, event: Event, *place: object) -> None:
        if isinstance(event, MessageCreated) and event.message.sequence % 10 == 5:
            held.append((event, *place))
            return
        deliver(self, event, *place)
        while held:
            deliver(self, *held.pop())

    Hub._deliver = late


@mutant("messages.send.retry", "the message that a retry returns")
def forgets_client_identifiers() -> None:
    """A message that is sent again is a second message."""
    submit = MessageService.submit

    async def forgetful(self: MessageService, caller: Caller, command: SendMessage, *, counted: bool = False) -> Sent:
        sent = await submit(self, caller, replace(command, client_id=None), counted=counted)
        return replace(sent, message=replace(sent.message, client_id=command.client_id))

    MessageService.submit = forgetful
    begin_nothing_at_once()


@mutant("messages.send.retry-race", "the number of messages to be 1", tier=Tier.SUBTLE)
def looks_for_retries_too_early() -> None:
    """Between looking for the first message and storing a second one, others may do the same."""
    submit = MessageService.submit
    known: dict[tuple[str, str, str], Sent] = {}

    async def hasty(self: MessageService, caller: Caller, command: SendMessage, *, counted: bool = False) -> Sent:
        if command.client_id is None:
            return await submit(self, caller, command, counted=counted)
        key = (caller.user_id, command.conversation_id, command.client_id)
        before = known.get(key)
        await asyncio.sleep(0.1)
        if before is not None:
            return before
        known[key] = await submit(self, caller, replace(command, client_id=None), counted=counted)
        return known[key]

    MessageService.submit = hasty
    begin_nothing_at_once()


@mutant("messages.send.retry", "the same client id of another sender to be another message")
def scopes_client_ids_by_conversation_alone() -> None:
    """Under one client identifier there is one message in a conversation, whoever sends it."""
    _send_once(lambda draft: draft.command.conversation_id)


@mutant("messages.send.retry-elsewhere", "another message")
def scopes_client_ids_by_sender_alone() -> None:
    """Under one client identifier there is one message of a sender, wherever it is sent to."""
    _send_once(lambda draft: draft.sender_id)


@mutant("messages.send.forged", "a refusal with VALIDATION_ERROR")
def believes_who_says_to_be_the_sender() -> None:
    """The sender of a message is whom its `senderId` names."""
    receive = Sockets.receive

    async def believe(
        self: Sockets[Line], connection: Line, event: str, arguments: Sequence[str], acknowledge: bool
    ) -> Acknowledgement:
        session, payload = connection.state, json.loads(arguments[0]) if arguments else None
        if session is None or not isinstance(payload, dict) or "senderId" not in payload:
            return await receive(self, connection, event, arguments, acknowledge)
        caller = replace(session.caller, user_id=payload.pop("senderId"))
        connection.state = Session(caller, session.member, session.tell, session.asker.address)
        try:
            return await receive(self, connection, event, [json.dumps(payload)], acknowledge)
        finally:
            connection.state = session

    Sockets.receive = believe
    begin_nothing_at_once()


@mutant("messages.send.contents", "the metadata to be")
def drops_parts_of_metadata() -> None:
    """Metadata keeps what is plain, and loses what has parts of its own."""
    send_command = codec.send_command

    def plain(conversation_id: str, message: models.SendMessage | models.NewMessage) -> SendMessage:
        command = send_command(conversation_id, message)
        kept = {name: value for name, value in command.metadata.items() if not isinstance(value, dict)}
        return replace(command, metadata=kept)

    codec.send_command = plain


@mutant("messages.send.contents", "the content to be")
def tidies_contents() -> None:
    """Blanks around a text are taken for a mistake."""
    submit = MessageService.submit

    async def tidy(self: MessageService, caller: Caller, command: SendMessage, *, counted: bool = False) -> Sent:
        return await submit(self, caller, replace(command, content=command.content.strip()), counted=counted)

    MessageService.submit = tidy
    begin_nothing_at_once()


@mutant("messages.send.broadcast", "the message that alice receives")
def tells_another_message_than_it_acknowledges() -> None:
    """What others receive says to have been edited."""
    notifications = GatewayVoice.notifications

    def altered(self: GatewayVoice, event: Event) -> object:
        if isinstance(event, MessageCreated):
            event = replace(event, message=replace(event.message, edited=True))
        return notifications(self, event)

    GatewayVoice.notifications = altered


@mutant("messages.reply.elsewhere", "a refusal with NOT_FOUND")
def replies_across_conversations() -> None:
    """A reply may name a message of any conversation."""

    def any_message(conversation_id: str, message: Message | None) -> Message | None:
        return message

    drafts.require_message_of = any_message


@mutant("messages.send.large-numbers", "to be carried out")
def takes_numbers_that_it_cannot_write() -> None:
    """An integer of any size is stored, and from then on nobody can be told what is in the conversation."""
    _reading.has_foreign_number = lambda text: False


def _send_once(scope: Callable[[Draft], str]) -> None:
    """Have one message under each client identifier of a scope."""
    send, firsts = messages.send, dict[tuple[str, str], Sent]()

    def first(draft: Draft, outcome: Sent | ChatError) -> Sent | ChatError:
        client_id = draft.command.client_id
        if client_id is None or not isinstance(outcome, Sent):
            return outcome
        known = firsts.setdefault((scope(draft), client_id), outcome)
        return outcome if known is outcome else Sent(known.message, new=False)

    async def send_once(tx: Sending, drafts: Sequence[Draft]) -> list[Sent | ChatError]:
        return list(map(first, drafts, await send(tx, drafts)))

    messages.send = send_once
