"""What is stored as records in JSON values, and back: the same of every database.

A record has a field for each column but `name_key`, which follows from the name.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Boolean, Column, ColumnElement, Integer, Select, String, Table, literal, or_, select, tuple_
from sqlalchemy.exc import IntegrityError

from palaver_runtime.adapters.sql.columns import Document, Moment
from palaver_runtime.adapters.sql.tables import (
    changes,
    conversations,
    messages,
    participants,
    refresh_tokens,
    sessions,
    users,
)
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.admin_ports import BadRecord, Noun, Person, Record

PAGE = 500
"""Records that are in memory at once."""

TABLES: Final[Mapping[Noun, Table]] = {
    Noun.USER: users,
    Noun.SESSION: sessions,
    Noun.REFRESH_TOKEN: refresh_tokens,
    Noun.CONVERSATION: conversations,
    Noun.PARTICIPANT: participants,
    Noun.MESSAGE: messages,
    Noun.CHANGE: changes,
}

# By what each is paged: unique, and with an index.
_KEYS: Final[Mapping[Noun, tuple[str, ...]]] = {
    Noun.USER: ("id",),
    Noun.SESSION: ("id",),
    Noun.REFRESH_TOKEN: ("hash",),
    Noun.CONVERSATION: ("id",),
    Noun.PARTICIPANT: ("conversation_id", "user_id"),
    Noun.MESSAGE: ("conversation_id", "sequence"),
    Noun.CHANGE: ("conversation_id", "revision"),
}

_DERIVED: Final = {"name_key"}
# What is nobody's business but the server's.
_SECRET: Final = {"password_hash"}


class ArchiveReader(Transaction):
    """Reads records."""

    async def records(self, noun: Noun, of: Person | None = None) -> AsyncIterator[Record]:
        """Give everything of a noun, or a person's part of it, in the order of its keys, few at a time in memory."""
        table, keys = TABLES[noun], [TABLES[noun].c[name] for name in _KEYS[noun]]
        whole = select(*(each for each in table.c if each.name not in _DERIVED)).order_by(*keys).limit(PAGE)
        if of is not None:
            condition = _part(noun, of)
            if condition is None:
                return
            whole = whole.where(condition)
        hidden = _SECRET if of is not None else set()
        page: Select[Any] = whole
        while True:
            rows = (await self._connection.execute(page)).mappings().all()
            for row in rows:
                yield {name: _told(value) for name, value in row.items() if name not in hidden}
            if len(rows) < PAGE:
                return
            last = [literal(rows[-1][key.name], key.type) for key in keys]
            page = whole.where(tuple_(*keys) > tuple_(*last))


class ArchiveWriter(ArchiveReader):
    """Adds records."""

    async def add_records(self, noun: Noun, records: Sequence[Record]) -> frozenset[str]:
        """Add records of a noun; give the identifiers of the users or conversations among them that were not added.

        Those are there already, or, of a direct conversation, another one of the same two. What else is there already
        is left as it is. Raises BadRecord.
        """
        table = TABLES[noun]
        rows = [_row(table, each) for each in records]
        statement = self._insert_unless_there(table)
        try:
            if noun not in (Noun.USER, Noun.CONVERSATION):
                await self._connection.execute(statement, rows)
                return frozenset()
            added = await self._connection.scalars(statement.returning(table.c.id), rows)
            return frozenset(str(row["id"]) for row in rows).difference(added)
        except IntegrityError:
            raise BadRecord("it belongs to something that is not in the archive") from None


def _part(noun: Noun, of: Person) -> ColumnElement[bool] | None:
    """Give what a person's part of a noun fulfils; None where there is none."""
    own = select(participants.c.conversation_id).where(participants.c.user_id == of.user_id)
    match noun:
        case Noun.USER:
            others = select(participants.c.user_id).where(participants.c.conversation_id.in_(own))
            who = or_(users.c.id == of.user_id, users.c.id.in_(others))
            if of.whole:
                senders = select(messages.c.sender_id).where(messages.c.conversation_id.in_(own))
                who = or_(who, users.c.id.in_(senders))
            return who
        case Noun.SESSION:
            return sessions.c.user_id == of.user_id
        case Noun.CONVERSATION:
            return conversations.c.id.in_(own)
        case Noun.PARTICIPANT:
            return participants.c.conversation_id.in_(own)
        case Noun.MESSAGE:
            said = messages.c.sender_id == of.user_id
            return or_(said, messages.c.conversation_id.in_(own)) if of.whole else said
        case _:
            return None


def _told(value: object) -> object:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value


def _row(table: Table, record: Record) -> dict[str, object]:
    """Turn a record into a row; raise BadRecord for one that is none."""
    wanted = {each.name: each for each in table.c if each.name not in _DERIVED}
    unknown = sorted(record.keys() - wanted.keys())
    if unknown:
        raise BadRecord(f"there is no field {unknown[0]!r}")
    row = {name: _value(column, record) for name, column in wanted.items()}
    if table is users:
        name = row["name"]
        row["name_key"] = name.lower() if isinstance(name, str) else None
    return row


def _value(column: Column[Any], record: Record) -> object:
    name = column.name
    if name not in record:
        if column.nullable or column.server_default is not None:
            return None if column.nullable else _DEFAULTS[name]
        raise BadRecord(f"the field {name!r} is missing")
    value = record[name]
    if value is None:
        if column.nullable:
            return None
        raise BadRecord(f"the field {name!r} is null")
    return _reader(column)(name, value)


_DEFAULTS: Final[Mapping[str, object]] = {"public": False, "kind": "text", "joined_revision": 1}
"""What an archive of an earlier version does not have."""


def _reader(column: Column[Any]) -> Callable[[str, object], object]:
    match column.type:
        case Moment():
            return _moment
        case Document():
            return lambda _name, value: value
        case Boolean():
            return _boolean
        case Integer():
            return _number
        case String(length=length):
            return partial(_text, length)
        case _:
            raise NotImplementedError(f"the column {column.name} has no way into an archive yet: give it one here")


def _boolean(name: str, value: object) -> object:
    if type(value) is not bool:
        raise BadRecord(f"the field {name!r} is neither true nor false")
    return value


def _number(name: str, value: object) -> object:
    if type(value) is not int or not 0 <= value < 2**31:
        raise BadRecord(f"the field {name!r} is no whole number that the database can hold")
    return value


def _text(length: int | None, name: str, value: object) -> object:
    if not isinstance(value, str):
        raise BadRecord(f"the field {name!r} is no text")
    if length is not None and len(value) > length:
        raise BadRecord(f"the field {name!r} is longer than {length} characters")
    if "\0" in value or any("\ud800" <= each <= "\udfff" for each in value):
        raise BadRecord(f"the field {name!r} is a text that no database holds")
    return value


def _moment(name: str, value: object) -> object:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadRecord(f"the field {name!r} is no moment of ISO 8601") from None
    if moment.tzinfo is None:
        raise BadRecord(f"the field {name!r} has no time zone")
    return moment.astimezone(UTC)
