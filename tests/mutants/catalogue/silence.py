"""Breaking the way from what is stored to those who are to hear of it; several mutants have that in common."""

from contextvars import ContextVar
from typing import Any

from mutants.usual import begin_nothing_at_once

from palaver_runtime.delivery.topics import BusPublisher
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.events import Change, Event, MessageCreated, Superseded
from palaver_runtime.domain.values import Caller
from palaver_runtime.services.drafts import Sent
from palaver_runtime.services.messages import MessageService


def untold(change: Change) -> Superseded:
    """Give what counts as the change and tells nothing, so that nobody looks for it either."""
    return Superseded(conversation_id=change.conversation_id, revision=change.revision)


def never_told(kind: type[Change]) -> None:
    """Have changes of a kind stored, acknowledged, and told to nobody."""
    publish = BusPublisher.publish

    def quiet(self: BusPublisher, event: Event) -> None:
        publish(self, untold(event) if isinstance(event, kind) else event)

    BusPublisher.publish = quiet


def sends_in_silence(handlers: type, method: str) -> None:
    """Have what is sent by this handler stored, acknowledged, and told to nobody."""
    handle, submit, publish = getattr(handlers, method), MessageService.submit, BusPublisher.publish
    here = ContextVar("here", default=False)
    silent: set[tuple[str, str]] = set()

    async def handler(self: object, *given: object) -> Any:
        token = here.set(True)
        try:
            return await handle(self, *given)
        finally:
            here.reset(token)

    async def noted(self: MessageService, caller: Caller, command: SendMessage, *, counted: bool = False) -> Sent:
        if here.get():
            silent.add((caller.user_id, command.content))
        return await submit(self, caller, command, counted=counted)

    def quiet(self: BusPublisher, event: Event) -> None:
        if isinstance(event, MessageCreated) and (event.message.sender_id, event.message.content) in silent:
            event = untold(event)
        publish(self, event)

    setattr(handlers, method, handler)
    MessageService.submit = noted
    begin_nothing_at_once()
    BusPublisher.publish = quiet
