"""Messages that were asked for and have no place yet; here they get one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.identifiers import new_id
from palaver_runtime.domain.policies import require_message_of, require_participant
from palaver_runtime.domain.value import value
from palaver_runtime.domain.values import Message, Participant, Position, Profile
from palaver_runtime.ports import Advance, ClientKey, Writer


@value()
class Draft:
    """A message that a user wants to send, and when that was."""

    sender_id: str
    command: SendMessage
    at: datetime

    @property
    def place(self) -> tuple[str, str]:
        """Give the conversation and the sender."""
        return self.command.conversation_id, self.sender_id

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


async def send(tx: Writer, drafts: Sequence[Draft], keep: int | None = None) -> list[Sent | ChatError]:
    """Add what may be sent, in the order given, and say of each draft what became of it.

    Of each conversation the newest `keep` messages are kept, None for all.

    It is as if each were sent alone and in turn, yet the number of statements does not depend on how many they are.
    A refused draft changes nothing. The conversations stay locked until the transaction ends.
    """
    positions = await tx.lock_all({draft.command.conversation_id for draft in drafts})
    keys = {key for key in (draft.key for draft in drafts) if key}
    targets = {draft.command.reply_to for draft in drafts if draft.command.reply_to}
    facts = _Facts(
        positions=positions,
        participants=await tx.participants({draft.place for draft in drafts}),
        repeated=await tx.messages_by_client_id(keys) if keys else {},
        targets=await tx.messages(targets) if targets else {},
    )
    outcomes = [facts.judge(draft) for draft in drafts]
    if facts.new:
        advances = facts.advances()
        await tx.advance_all(advances)
        await tx.add_messages(facts.new)
        if keep is not None:
            await tx.forget_messages({each.conversation_id: each.position.sequence - keep for each in advances})
    return outcomes


@dataclass(slots=True)
class _Facts:
    """What is known under the lock, and what comes to be in it."""

    positions: dict[str, Position]
    participants: Mapping[tuple[str, str], Participant]
    repeated: dict[ClientKey, Message]
    targets: Mapping[str, Message]
    new: list[Message] = field(default_factory=list)

    def judge(self, draft: Draft) -> Sent | ChatError:
        """Give the draft its place unless it is refused or was sent before."""
        try:
            sender = require_participant(self.participants.get(draft.place))
            key = draft.key
            if key and key in self.repeated:
                return Sent(self.repeated[key], new=False)
            command = draft.command
            if command.reply_to is not None:
                require_message_of(command.conversation_id, self.targets.get(command.reply_to))
        except ChatError as refusal:
            return refusal
        message = self._placed(draft, sender.profile)
        self.new.append(message)
        if key:
            self.repeated[key] = message
        return Sent(message, new=True)

    def advances(self) -> list[Advance]:
        """Give where the conversations of the new messages stand now."""
        latest: dict[str, datetime] = {}
        for message in self.new:
            before = latest.get(message.conversation_id, message.created_at)
            latest[message.conversation_id] = max(before, message.created_at)
        return [Advance(each, self.positions[each], at) for each, at in latest.items()]

    def _placed(self, draft: Draft, sender: Profile) -> Message:
        command = draft.command
        last = self.positions[command.conversation_id]
        position = Position(revision=last.revision + 1, sequence=last.sequence + 1)
        self.positions[command.conversation_id] = position
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
