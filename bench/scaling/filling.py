"""Rows by the million, put into a database as fast as it takes them: what a server would have written in years."""

import asyncio
import os
import random
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from itertools import islice
from typing import Final

import asyncpg
from sqlalchemy import Table, make_url

from palaver_runtime.adapters.sql.tables import changes, conversations, messages, participants, users

Add = Callable[[Table, Sequence[str], Iterable[tuple[object, ...]]], Awaitable[None]]
"""Adds rows to a table, of which the columns are named in their order."""

READER: Final = "reader"
"""Who is in all conversations, and has read all but the last messages."""
SLEEPER: Final = "sleeper"
"""Who is in all conversations, and has read nothing."""
UNREAD: Final = 100
LARGEST: Final = 0.2
"""How much of all messages the largest conversation has."""
SMALLEST: Final = 10
EDITED: Final = 1_000
"""Of so many messages one was edited."""

_SENDERS: Final = [f"sender {number}" for number in range(20)]
_AT_ONCE: Final = 50_000
_MARKS: Final = 500
_BEGAN: Final = 1_700_000_000
_CONTENT: Final = "A message as people write them to each other all day long."
_MOMENT: Final = _BEGAN * 1000
_MEMBER: Final = ("conversation_id", "user_id", "role", "joined_at", "ordinal", "read_sequence", "joined_revision")
_MESSAGE: Final = (
    *("id", "conversation_id", "sender_id", "content", "attachments", "metadata", "client_id", "sequence"),
    *("created_revision", "revision", "edited", "created_at", "updated_at", "kind"),
)


@dataclass
class Conversation:
    """A conversation that grows: its last sequence and revision, and some of its messages."""

    id: str
    step: int
    sequence: int = 0
    revision: int = 1

    def __post_init__(self) -> None:
        self.marks: list[str] = []
        """Messages from the beginning to the end, as far from each other as the others."""
        self.last: deque[str] = deque(maxlen=UNREAD)
        """The last messages, the newest last."""


@asynccontextmanager
async def bulk(url: str, *, alone: bool = False) -> AsyncIterator[Add]:
    """Open a database for many rows at once; `alone` says that no server has it open, so that less care is taken."""
    adding = _sqlite if url.startswith("sqlite") else _postgresql
    async with adding(url, alone) as add:
        yield add


@asynccontextmanager
async def _sqlite(url: str, alone: bool) -> AsyncIterator[Add]:
    with closing(sqlite3.connect(str(make_url(url).database))) as connection:
        if alone:
            # A journal of all would take as much room again.
            for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000"):
                connection.execute(f"PRAGMA {setting}")

        async def add(table: Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
            places = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our names
            for some in _pieces(rows):
                with connection:
                    connection.executemany(statement, some)
                # Ctrl-C is heard here.
                await asyncio.sleep(0)

        yield add


@asynccontextmanager
async def _postgresql(url: str, alone: bool) -> AsyncIterator[Add]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    try:
        # What refers to what is known: each row would be looked up.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("SET maintenance_work_mem = '500MB'")
        # To sort millions of rows once takes a fraction of finding the place of each.
        indexes = await _without_indexes(connection) if alone else []

        async def add(table: Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
            for some in _pieces(rows):
                await connection.copy_records_to_table(table.name, records=some, columns=columns)

        yield add
        for statement in indexes:
            await connection.execute(statement)
        if alone:
            await connection.execute("VACUUM ANALYZE")
            await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _without_indexes(connection: asyncpg.Connection) -> list[str]:
    """Drop the indexes of the messages; give the statements that make them again."""
    constraints = await connection.fetch(
        "SELECT conname AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint"
        " WHERE conrelid = $1::regclass AND contype IN ('p', 'u')",
        messages.name,
    )
    for each in constraints:
        await connection.execute(f"ALTER TABLE {messages.name} DROP CONSTRAINT {each['name']}")
    indexes = await connection.fetch(
        "SELECT indexname AS name, indexdef AS text FROM pg_indexes WHERE tablename = $1", messages.name
    )
    for each in indexes:
        await connection.execute(f"DROP INDEX {each['name']}")
    return [
        *(f"ALTER TABLE {messages.name} ADD CONSTRAINT {each['name']} {each['text']}" for each in constraints),
        *(str(each["text"]) for each in indexes),
    ]


def _pieces(rows: Iterable[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    left = iter(rows)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def sizes(number: int, largest: int) -> list[int]:
    """Give how large conversations are that have so many messages together: each by the same part smaller."""
    found, size = [], float(largest)
    while size >= SMALLEST and sum(found) < number:
        found.append(int(size))
        size *= 1 - largest / number
    return found


async def fill(url: str, first: int, last: int) -> Conversation:
    """Add the messages from one number to another, and the conversations in which they are; give the largest.

    They come as they would: in turns among the conversations, so that those of one lie far from each other.
    """
    number = last - first
    weights = sizes(number, min(number, int(LARGEST * last)))
    chosen = random.Random(last)  # noqa: S311 - the same each time
    talks = [Conversation(f"{chosen.getrandbits(96):024x}", max(1, size // _MARKS)) for size in weights]
    edits: list[tuple[object, ...]] = []
    async with bulk(url, alone=True) as add:
        if not first:
            people = [READER, SLEEPER, *_SENDERS]
            await add_users(add, people)
        await add(messages, _MESSAGE, _said(chosen, talks, weights, first, last, edits))
        await add(changes, ("conversation_id", "revision", "kind", "message_id", "at"), edits)
        await add_conversations(add, [(each, [READER, SLEEPER, *_SENDERS]) for each in talks])
    os.sync()
    return talks[0]


def _said(
    chosen: random.Random,
    talks: Sequence[Conversation],
    weights: Sequence[int],
    first: int,
    last: int,
    edits: list[tuple[object, ...]],
) -> Iterator[tuple[object, ...]]:
    for number in range(first, last):
        if (number - first) % _AT_ONCE == 0:
            turns = iter(chosen.choices(talks, weights, k=_AT_ONCE))
        talk = next(turns)
        at = _MOMENT + number * 10
        message_id = f"{at // 1000:08x}{chosen.getrandbits(64):016x}"
        talk.sequence += 1
        talk.revision += 1
        created, edited = talk.revision, number % EDITED == 0
        if edited:
            talk.revision += 1
            edits.append((talk.id, talk.revision, "message.edited", message_id, at))
        if talk.sequence % talk.step == 0:
            talk.marks.append(message_id)
        talk.last.append(message_id)
        yield (
            *(message_id, talk.id, _SENDERS[number % len(_SENDERS)], _CONTENT, "[]", "{}", str(number), talk.sequence),
            *(created, talk.revision, edited, at, at, "text"),
        )


async def add_conversations(add: Add, talks: Sequence[tuple[Conversation, Sequence[str]]]) -> None:
    """Add conversations, each with those who are in it: all but the sleeper have read all but the last messages."""
    await add(
        conversations,
        (
            *("id", "type", "metadata", "created_by", "created_at", "updated_at", "active_at"),
            *("revision", "sequence", "public"),
        ),
        (
            (each.id, "group", "{}", who[0], _MOMENT, _MOMENT, _MOMENT, each.revision, each.sequence, False)
            for each, who in talks
        ),
    )
    await add(
        participants,
        _MEMBER,
        (
            (each.id, user, "member", _MOMENT, place, 0 if user == SLEEPER else max(0, each.sequence - UNREAD), 1)
            for each, who in talks
            for place, user in enumerate(who)
        ),
    )


async def add_members(add: Add, conversation_id: str, names: Sequence[str]) -> None:
    """Have users come into a conversation that is there, after those who are in it."""
    await add(
        participants,
        _MEMBER,
        ((conversation_id, user, "member", _MOMENT, 1_000_000 + place, 0, 1) for place, user in enumerate(names)),
    )


async def add_users(add: Add, names: Sequence[str]) -> None:
    """Add users who have not been there."""
    await add(users, ("id", "created_at"), ((each, _MOMENT) for each in names))
