"""What a caller may ask for, where it takes more than a few words."""

from collections.abc import Mapping
from dataclasses import field

from palaver_runtime.domain.value import value
from palaver_runtime.domain.values import Attachment, ConversationType, Message, MessageKind


@value(kw_only=True)
class SendMessage:
    """A message to send. `client_id` makes it safe to repeat."""

    conversation_id: str
    content: str
    kind: MessageKind = MessageKind.TEXT
    attachments: tuple[Attachment, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)
    reply_to: str | None = None
    client_id: str | None = None


@value(kw_only=True)
class SendDirect:
    """A message to send to somebody. `client_id` makes it safe to repeat."""

    recipient_id: str
    content: str
    attachments: tuple[Attachment, ...] = ()
    client_id: str | None = None

    def within(self, conversation_id: str) -> SendMessage:
        """Give it as a message of the conversation with the recipient."""
        return SendMessage(
            conversation_id=conversation_id,
            content=self.content,
            attachments=self.attachments,
            client_id=self.client_id,
        )


@value(kw_only=True)
class CreateConversation:
    """A conversation to create: `user_ids` are the others, the caller is added. A `public` one is a group."""

    type: ConversationType
    user_ids: tuple[str, ...]
    name: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    public: bool = False


@value()
class Announcement:
    """Something of a dialect's own to tell the participants of a conversation: an event, its payload in JSON values.

    With `metadata` the conversation has that from now on. Those of `admit` who are not in it come into it before.
    """

    dialect: str
    event: str
    payload: Mapping[str, object]
    metadata: Mapping[str, object] | None = None
    admit: tuple[str, ...] = ()


@value(kw_only=True)
class Synchronise:
    """A request for what was missed: after `last_message_id`, and changed after `revision`."""

    conversation_id: str
    last_message_id: str | None
    revision: int | None
    limit: int


@value(kw_only=True)
class Missed:
    """The answer: newer messages by sequence, earlier ones that changed by revision, and where to go on."""

    messages: tuple[Message, ...]
    changed: tuple[Message, ...]
    has_more: bool
    revision: int
