"""Statements of SQLite for one message after the other, which do what those of `batches.py` do for all at once.

Where a statement costs nothing but SQLite's work, as on a connection that is kept, that is less than to have the
messages taken out of a text.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Dialect, Text, bindparam, func, insert, select, update
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from palaver_runtime.adapters.sql.messages import MESSAGE
from palaver_runtime.adapters.sql.profiles import PROFILE
from palaver_runtime.adapters.sql.sent_rows import COLUMNS
from palaver_runtime.adapters.sql.tables import conversations, messages, participants, users
from palaver_runtime.ports import Asked

_PLACE: Final = bindparam("conversation_id", type_=Text)
_SENDER: Final = bindparam("sender_id", type_=Text)
_CLIENT: Final = bindparam("client_id", type_=Text)

_GROUND: Final = (
    select(
        conversations.c.revision,
        conversations.c.sequence,
        participants.c.role,
        participants.c.joined_at,
        *PROFILE,
        select(messages.c.id)
        .where(
            messages.c.conversation_id == _PLACE,
            messages.c.sender_id == _SENDER,
            messages.c.client_id == _CLIENT,
        )
        .scalar_subquery(),
    )
    .select_from(conversations)
    .outerjoin(
        participants,
        (participants.c.conversation_id == conversations.c.id) & (participants.c.user_id == _SENDER),
    )
    .outerjoin(users, users.c.id == participants.c.user_id)
    .where(conversations.c.id == _PLACE)
)

# A Moved; what is set must not be named as columns are.
_MOVED: Final = ("of", "before", "to_revision", "to_sequence", "at")

_ADVANCE: Final = (
    update(conversations)
    .where(conversations.c.id == bindparam("of"))
    .values(
        revision=bindparam("to_revision"),
        sequence=bindparam("to_sequence"),
        # The moment was taken before the lock, so it may be earlier than that of the message before.
        active_at=func.max(conversations.c.active_at, bindparam("at")),
    )
)


class OneByOne:
    """A statement, and what turns a row of what it takes into its parameters."""

    __slots__ = ("parameters", "sql")

    def __init__(self, statement: ClauseElement, fields: Sequence[str], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.sql: Final = str(compiled)
        order = [fields.index(each) for each in compiled.positiontup or ()]
        #: Picks the values in the order of the statement, more than one of them.
        self.parameters: Final[Callable[[Sequence[object]], tuple[Any, ...]]] = itemgetter(*order)


class Statements:
    """What it takes to send messages."""

    __slots__ = ("add", "advance", "ground", "message")

    def __init__(self, dialect: Dialect) -> None:
        #: For an Asked the row that a Reading takes, if there is the conversation.
        self.ground: Final = OneByOne(_GROUND, Asked._fields, dialect)
        #: For a Moved.
        self.advance: Final = OneByOne(_ADVANCE, _MOVED, dialect)
        #: For a Stored.
        self.add: Final = OneByOne(insert(messages), COLUMNS, dialect)
        #: For the identifier of a message.
        self.message: Final = MESSAGE.text(dialect)
