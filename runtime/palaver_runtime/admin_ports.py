"""What those who look after a server need of the store, beside what its users need."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from palaver_runtime.domain.values import Message, Session, User
from palaver_runtime.ports import Reader, Writer


class Noun(StrEnum):
    """What an archive consists of, in the order in which it stands there: nothing refers to what comes later."""

    USER = "user"
    SESSION = "session"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105
    CONVERSATION = "conversation"
    PARTICIPANT = "participant"
    MESSAGE = "message"
    CHANGE = "change"


Record = Mapping[str, object]
"""What is stored of one thing, in JSON values by name; moments are in ISO 8601."""


@dataclass(frozen=True, slots=True)
class Person:
    """One user's part of everything: with `whole`, all messages of the conversations, and not only the user's own."""

    user_id: str
    whole: bool = False


class BadRecord(ValueError):
    """A record is not what an archive has of its noun; the message says why."""


class AdminReader(Reader, Protocol):
    """What can be read within a transaction, of everything that there is."""

    async def users(self, after: str, limit: int, *, deleted: bool = False) -> tuple[User, ...]:
        """Give users by ascending identifier, those after one; those who were deleted only if they are wanted."""

    async def user_named(self, name: str) -> User | None:
        """Give the user of a name, without regard to case."""

    async def live_sessions(
        self, at: datetime, after: str, limit: int, *, user_id: str | None = None
    ) -> tuple[Session, ...]:
        """Give the sessions, of a user or of all, that have neither ended nor expired, by ascending identifier."""

    async def conversation_ids(self, after: str, limit: int, *, user_id: str | None = None) -> tuple[str, ...]:
        """Give conversations, a user's or all that have participants or messages, by ascending identifier."""

    async def sequence_before(self, conversation_id: str, at: datetime) -> int:
        """Give the sequence up to which all messages of a conversation are older than a moment; 0 for none."""

    async def count_messages(self, conversation_id: str, until: int | None = None) -> int:
        """Count the messages of a conversation that are there, up to a sequence."""

    async def messages_by(self, user_id: str, after: str, limit: int) -> tuple[Message, ...]:
        """Give messages of a user's that are not deleted, of any conversation, by ascending identifier."""

    async def count_stale_sessions(self, before: datetime) -> int:
        """Count the sessions that ended or expired before a moment."""

    async def is_empty(self) -> bool:
        """Tell whether there is no user and no conversation."""

    def records(self, noun: Noun, of: Person | None = None) -> AsyncIterator[Record]:
        """Give everything of a noun, or a person's part of it, in the order of its keys, few at a time in memory."""


class AdminWriter(AdminReader, Writer, Protocol):
    """What can be changed within a transaction, by those who may change everything."""

    async def rename_user(self, user_id: str, name: str | None, display_name: str | None) -> bool:
        """Set a user's names; False, and nothing done, when the name is another's."""

    async def set_password(self, user_id: str, password_hash: str) -> None:
        """Replace a user's password."""

    async def anonymise(self, user_id: str, at: datetime) -> None:
        """Note that a user was deleted, and forget the names and the password."""

    async def strip_conversation(self, conversation_id: str, at: datetime) -> None:
        """Take a conversation's name, its metadata, and every way into it; the caller has locked it.

        The two of a direct one can have another.
        """

    async def forget_changes(self, conversation_id: str, until: int) -> int:
        """Remove what is recorded of a conversation up to a revision, which is then told as Superseded."""

    async def forget_sessions(self, before: datetime, limit: int) -> int:
        """Remove up to so many sessions that ended or expired before a moment, with their tokens; give how many."""

    async def add_records(self, noun: Noun, records: Sequence[Record]) -> frozenset[str]:
        """Add records of a noun; give the identifiers of the users or conversations among them that were not added.

        Those are there already, or, of a direct conversation, another one of the same two. What else is there already
        is left as it is. Raises BadRecord.
        """


class AdminStore(Protocol):
    """The durable memory of the server, for those who look after it."""

    def reading(self) -> AbstractAsyncContextManager[AdminReader]:
        """Open a transaction that changes nothing."""

    def writing(self) -> AbstractAsyncContextManager[AdminWriter]:
        """Open a transaction that is committed at the end of the block, and rolled back when it raises."""
