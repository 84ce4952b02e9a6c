"""Who is typing."""

from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime.delivery import hub
from palaver_runtime.delivery.audience import Member
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.domain.events import Event, MessageCreated, TypingChanged
from palaver_runtime.domain.values import Message
from palaver_runtime.services.messages import MessageService
from palaver_runtime.services.typing import TypingService


def _hardly_ever_expires() -> None:
    """Have typing last longer than any scenario does."""
    begin = TypingService.__init__

    def patient(self: TypingService, store: object, publisher: object, clock: object, timeout: float = 0) -> None:
        begin(self, store, publisher, clock, 600.0)

    TypingService.__init__ = patient


@mutant("typing.start.others", "never to receive typing.changed")
def tells_the_typist() -> None:
    """Typing is told to whoever types as well."""

    def everybody(event: Event, conversation_id: str, followers: list[Member]) -> list[Member]:
        return list(followers)

    hub.recipients = everybody


@mutant("typing.start.others", "stranger/1 never to receive typing.changed")
def tells_strangers_who_types() -> None:
    """Everybody hears who types."""
    deliver = Hub._deliver

    def aloud(self: Hub, event: Event, *place: object) -> None:
        if isinstance(event, TypingChanged):
            others = [members for user_id, members in self._users.items() if user_id != event.user_id]
            self._write(event, [each for members in others for each in members if each.ready])
        else:
            deliver(self, event, *place)

    Hub._deliver = aloud


@mutant("typing.start.others", "'active': False}")
def never_stops_typing() -> None:
    """Who says to have stopped is not heard."""

    async def deaf(self: TypingService, *place: object) -> None:
        """Do nothing."""

    TypingService.stop = deaf
    _hardly_ever_expires()


@mutant("typing.end.sent", "'active': False}")
def types_on_after_sending() -> None:
    """Whoever has sent a message goes on typing it."""

    def told(self: MessageService, message: Message) -> None:
        self._publisher.publish(
            MessageCreated(conversation_id=message.conversation_id, revision=message.created_revision, message=message)
        )

    MessageService._told = told
    _hardly_ever_expires()


@mutant("typing.end.disconnected", "'active': False}")
def types_on_after_disconnecting() -> None:
    """Who has gone goes on typing."""

    def unmoved(self: TypingService, connection_id: str) -> None:
        """Do nothing."""

    TypingService.disconnected = unmoved
    _hardly_ever_expires()


@mutant("typing.end.expired", "'active': False}", tier=Tier.SUBTLE)
def types_for_ever() -> None:
    """Typing ends when somebody says so, and not by itself."""
    _hardly_ever_expires()
