"""Messages that were asked for and have no place yet; here they get one."""

from collections.abc import Sequence
from datetime import datetime

from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.identifiers import new_id
from palaver_runtime.domain.policies import require_message_of, require_participant
from palaver_runtime.domain.value import value
from palaver_runtime.domain.values import Message, Position, Profile
from palaver_runtime.ports import Advance, Asked, ClientKey, Ground, Sending, Writer


@value()
class Draft:
    """A message that a user wants to send, and when that was."""

    sender_id: str
    command: SendMessage
    at: datetime

    @property
    def asked(self) -> Asked:
        """Give what the draft has to do with."""
        command = self.command
        return Asked(command.conversation_id, self.sender_id, command.client_id, command.reply_to)

    @property
    def key(self) -> ClientKey | None:
        """Give that under which the draft may be sent again."""
        if self.command.client_id is None:
            return None
        return ClientKey(self.command.conversation_id, self.sender_id, self.command.client_id)


@value()
class Sent:
    """What became of a draft: a message, and whether it is new or one that was sent before under the same key."""

    message: Message
    new: bool


async def send(tx: Sending, drafts: Sequence[Draft]) -> list[Sent | ChatError]:
    """Add what may be sent, in the order given, and say of each draft what became of it.

    It is as if each were sent alone and in turn, yet the number of statements does not depend on how many they are.
    A refused draft changes nothing.
    """
    facts = _Facts(await tx.ground([draft.asked for draft in drafts]))
    outcomes = [facts.judge(draft) for draft in drafts]
    if facts.new:
        await tx.add_messages(facts.advances(), facts.new)
    return outcomes


async def send_and_forget(tx: Writer, drafts: Sequence[Draft], keep: int) -> list[Sent | ChatError]:
    """Do what `send` does; of each conversation that has a new message the newest `keep` are kept."""
    outcomes = await send(tx, drafts)
    new = (each.message for each in outcomes if isinstance(each, Sent) and each.new)
    until = {message.conversation_id: message.sequence - keep for message in new}
    if until:
        await tx.forget_messages(until)
    return outcomes


class _Facts:
    """What is known of the conversations, and what comes to be in them."""

    __slots__ = ("_ground", "_positions", "_repeated", "new")

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._positions = dict(ground.positions)
        self._repeated = dict(ground.repeated)
        self.new: list[Message] = []

    def judge(self, draft: Draft) -> Sent | ChatError:
        """Give the draft its place unless it is refused or was sent before."""
        try:
            command, key = draft.command, draft.key
            place = command.conversation_id, draft.sender_id
            sender = require_participant(self._ground.participants.get(place))
            if key and key in self._repeated:
                return Sent(self._repeated[key], new=False)
            if command.reply_to is not None:
                require_message_of(command.conversation_id, self._ground.messages.get(command.reply_to))
        except ChatError as refusal:
            return refusal
        message = self._placed(draft, sender.profile)
        self.new.append(message)
        if key:
            self._repeated[key] = message
        return Sent(message, new=True)

    def advances(self) -> list[Advance]:
        """Give where the conversations of the new messages stand now."""
        latest: dict[str, datetime] = {}
        for message in self.new:
            before = latest.get(message.conversation_id, message.created_at)
            latest[message.conversation_id] = max(before, message.created_at)
        return [Advance(each, self._positions[each], at) for each, at in latest.items()]

    def _placed(self, draft: Draft, sender: Profile) -> Message:
        command = draft.command
        last = self._positions[command.conversation_id]
        position = Position(revision=last.revision + 1, sequence=last.sequence + 1)
        self._positions[command.conversation_id] = position
        return Message(
            id=new_id(),
            conversation_id=command.conversation_id,
            sender_id=draft.sender_id,
            sender=sender,
            kind=command.kind,
            content=command.content,
            attachments=command.attachments,
            metadata=command.metadata,
            reply_to=command.reply_to,
            client_id=command.client_id,
            sequence=position.sequence,
            created_revision=position.revision,
            revision=position.revision,
            created_at=draft.at,
            updated_at=draft.at,
        )
