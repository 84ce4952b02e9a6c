"""The things that a chat is made of. All are immutable; times are aware UTC with whole milliseconds."""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from palaver_runtime.domain.value import value


class Role(StrEnum):
    """What a participant may do."""

    OWNER = "owner"
    MEMBER = "member"


class ConversationType(StrEnum):
    """Direct conversations have two participants for ever, groups any number."""

    DIRECT = "direct"
    GROUP = "group"


class MessageKind(StrEnum):
    """What a message is in the main. A wire that has no word for one of these shows it as text."""

    TEXT = "text"
    IMAGE = "image"
    FILE = "file"
    GIFT = "gift"
    SYSTEM = "system"


@value(kw_only=True)
class Profile:
    """How a user is called: the name to sign in with, and the one to show. Either may be None."""

    name: str | None = None
    display_name: str | None = None


UNNAMED: Final = Profile()
"""The profile of which nothing is known, such as that in an event of an older instance."""


@value(kw_only=True)
class User:
    """Somebody. `name` is the name to sign in with, None for users who came with another service's token.

    Who was deleted has no name and cannot come back; what they said stays, and so does the identifier of who said it.
    """

    id: str
    name: str | None = None
    display_name: str | None = None
    created_at: datetime
    deleted_at: datetime | None = None

    @property
    def profile(self) -> Profile:
        """How the user is called."""
        if self.name is None and self.display_name is None:
            return UNNAMED
        return Profile(name=self.name, display_name=self.display_name)


@value(kw_only=True)
class Account:
    """A user who signs in here."""

    user: User
    password_hash: str


@value(kw_only=True)
class Caller:
    """On whose behalf something is asked. `session_id` is None and `expires_at` may be for foreign tokens.

    `profile` is how the user is called at the time of asking.
    An `admin` looks after the server as a whole, whatever conversations there are; it makes nobody a participant.
    """

    user_id: str
    session_id: str | None = None
    expires_at: datetime | None = None
    admin: bool = False
    profile: Profile = UNNAMED


@value(kw_only=True)
class Session:
    """A signed-in session: the family of tokens that descend from one sign-in."""

    id: str
    user_id: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


@value(kw_only=True)
class Participant:
    """A user's place in a conversation."""

    user_id: str
    role: Role
    joined_at: datetime
    profile: Profile = UNNAMED


@value(kw_only=True)
class Conversation:
    """A conversation, its participants in the order in which they joined.

    `revision` counts every change, `sequence` the messages alone; `active_at` is the time of the last message or
    of the creation and orders listings. Into a `public` one everybody may come.
    """

    id: str
    type: ConversationType
    name: str | None
    metadata: Mapping[str, object]
    created_by: str
    created_at: datetime
    updated_at: datetime
    active_at: datetime
    revision: int
    sequence: int
    participants: tuple[Participant, ...]
    public: bool = False

    def participant(self, user_id: str) -> Participant | None:
        """Give the user's place, or None for somebody who is not in the conversation."""
        return next((each for each in self.participants if each.user_id == user_id), None)


@value(kw_only=True)
class Attachment:
    """A reference to a file that another service holds."""

    file_id: str
    label: str | None = None


@value(kw_only=True)
class Message:
    """A message in its present state.

    `sequence` is its place among the messages, `created_revision` the conversation's revision that made it, and
    `revision` the one of its latest change.
    """

    id: str
    conversation_id: str
    sender_id: str
    sender: Profile = UNNAMED
    kind: MessageKind = MessageKind.TEXT
    content: str
    attachments: tuple[Attachment, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)
    reply_to: str | None = None
    client_id: str | None = None
    sequence: int
    created_revision: int
    revision: int
    edited: bool = False
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None

    @property
    def deleted(self) -> bool:
        """Whether only the message's place is left."""
        return self.deleted_at is not None

    def with_content(self, content: str, revision: int, at: datetime) -> "Message":
        """Give the message as an edit leaves it."""
        return replace(self, content=content, edited=True, revision=revision, updated_at=at)

    def erased(self, revision: int, at: datetime) -> "Message":
        """Give what a deletion leaves: the place in the sequence, and nothing of what was said."""
        return replace(self, content="", attachments=(), metadata={}, revision=revision, updated_at=at, deleted_at=at)


@value(kw_only=True)
class ReadMark:
    """How far a user has read; `sequence` is 0 and `message_id` None when nothing was read."""

    message_id: str | None
    sequence: int
    unread: int


@value(kw_only=True)
class ConversationSummary:
    """A conversation as one of its participants finds it in a listing."""

    conversation: Conversation
    last_message: Message | None
    unread: int


@value(kw_only=True)
class SidedSummary:
    """A conversation as one of its participants finds it; `unread` has, by user, what either side of two has not read.

    It is empty for a group.
    """

    summary: ConversationSummary
    unread: Mapping[str, int]


@value(kw_only=True)
class Position:
    """Where a conversation's two counters stand."""

    revision: int
    sequence: int
