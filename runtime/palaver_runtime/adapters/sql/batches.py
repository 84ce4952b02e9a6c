"""What it takes to send many messages at once: each step is one statement or two, however many they are."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    FromClause,
    Integer,
    ScalarSelect,
    Select,
    Text,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    not_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Update

from palaver_runtime.adapters.sql.given import Given
from palaver_runtime.adapters.sql.messages import read_message, with_sender
from palaver_runtime.adapters.sql.prepared import Prepared, execute_many
from palaver_runtime.adapters.sql.profiles import PROFILE
from palaver_runtime.adapters.sql.sent_rows import RECORDED, Reading, moved, recorded, stored
from palaver_runtime.adapters.sql.tables import conversations, messages, participants, users
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.domain.values import Message, Position
from palaver_runtime.ports import Advance, Asked, Ground


class Overtaken(Exception):
    """Others have changed a conversation since it was read, and nothing was added: it has to be read again."""


class Outdated(Exception):
    """What was known of a conversation, and so not read, does not hold, and nothing was added: it is to be read."""


class Batch(Transaction):
    """Sends messages.

    Whatever a message is judged by takes a revision when it changes: a conversation that is still at the revision that
    was read is as it was read.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self._statements = statements(connection.dialect)
        self._revisions: dict[str, int] = {}

    async def ground(self, asked: Sequence[Asked]) -> Ground:
        """Give what several messages have to do with, all of it from one moment."""
        known = self._statements
        reading = Reading()
        for row in await self._found(known.ground, **known.asked.parameters([each[:3] for each in asked])):
            reading.take(row[0], row[1], row[2], row[3:])
        self._revisions = reading.revisions()
        wanted = reading.wanted(asked)
        return reading.ground(await self._messages(wanted) if wanted else {})

    async def add_messages(self, advances: Collection[Advance], new: Sequence[Message]) -> None:
        """Add messages to conversations, and set their counters as `ground` gave them and these messages need them.

        Raises Overtaken, with nothing done, where one of the conversations has been changed since.
        """
        known = self._statements
        if self._connection.dialect.name == "postgresql":
            done = await self._found(known.add, **known.addition(advances, self._revisions, new))
            if done[0][0] != len(advances):
                raise Overtaken
        else:
            await self._found(known.advance, **known.moved.parameters(moved(advances, self._revisions)))
            await self._connection.run_sync(execute_many, known.insert, [stored(each) for each in new])

    async def _messages(self, message_ids: Collection[str]) -> dict[str, Message]:
        """Give those of some messages that are there, deleted ones included."""
        known = self._statements
        rows = await self._rows(known.messages, **known.ids.parameters([(each,) for each in message_ids]))
        return {row["id"]: read_message(row) for row in rows}


class BatchWriter(Batch):
    """Sends messages. The conversations are locked first; what is read after that stays so until the commit."""

    async def ground(self, asked: Sequence[Asked]) -> Ground:
        """Give what several messages have to do with; nobody changes it before the transaction ends."""
        # On SQLite the transaction has locked the whole database already.
        if self._connection.dialect.name == "postgresql":
            await self.lock_all({each.conversation_id for each in asked})
        return await super().ground(asked)

    async def lock_all(self, conversation_ids: Collection[str]) -> dict[str, Position]:
        """Lock several conversations, as `lock` does, and give where they stand; unknown ones are left out.

        Those who lock several never wait for each other in a circle: the rows are locked in the order of their
        identifiers, which never change.
        """
        known = self._statements
        rows = await self._rows(known.lock, **known.ids.parameters([(each,) for each in conversation_ids]))
        return {row["id"]: Position(revision=row["revision"], sequence=row["sequence"]) for row in rows}

    async def forget_messages(self, until: Mapping[str, int]) -> int:
        """Remove the messages of some conversations, each up to a sequence, as if they had never been there.

        Gives how many there were. Their revisions are still told, as Superseded.
        """
        known = self._statements
        gone = await self._connection.execute(known.forget, known.ends.parameters(list(until.items())))
        return gone.rowcount


class Statements:
    """The statements, which are made once: to make and to look up one takes longer than SQLite takes to do it."""

    def __init__(self, dialect: Dialect) -> None:
        self.ids = Given(dialect.name, id=Text())
        self.asked = Given(dialect.name, conversation_id=Text(), user_id=Text(), client_id=Text())
        self.moved = Given(
            dialect.name,
            "moved",
            id=Text(),
            before=Integer(),
            revision=Integer(),
            sequence=Integer(),
            active_at=BigInteger(),
        )
        self.ends = Given(dialect.name, conversation_id=Text(), sequence=Integer())
        ids, asked, ends = self.ids.table, self.asked.table, self.ends.table
        self.lock = Prepared(
            select(conversations.c.id, conversations.c.revision, conversations.c.sequence)
            .where(conversations.c.id.in_(select(ids)))
            .order_by(conversations.c.id)
            .with_for_update(key_share=True)
        )
        self.ground = Prepared(
            select(
                asked,
                conversations.c.revision,
                conversations.c.sequence,
                participants.c.role,
                participants.c.joined_at,
                *PROFILE,
                _repeated(asked.c.conversation_id, asked.c.user_id, asked.c.client_id).label("repeated"),
            )
            .outerjoin_from(asked, conversations, conversations.c.id == asked.c.conversation_id)
            .outerjoin(
                participants,
                and_(
                    participants.c.conversation_id == asked.c.conversation_id,
                    participants.c.user_id == asked.c.user_id,
                ),
            )
            .outerjoin(users, users.c.id == participants.c.user_id)
        )
        self.messages = Prepared(with_sender(select(messages).where(messages.c.id.in_(select(ids)))))
        # With a correlated condition instead SQLite would look at every message there is.
        self.forget = delete(messages).where(
            messages.c.id.in_(
                select(messages.c.id).join(
                    ends,
                    and_(
                        messages.c.conversation_id == ends.c.conversation_id,
                        messages.c.sequence <= ends.c.sequence,
                    ),
                )
            )
        )
        self.advance = Prepared(_advanced(self.moved.table))
        # As the driver takes it: to convert each value by the type of its column takes longer than to store it.
        self.insert = str(insert(messages).compile(dialect=dialect))
        self.new = Given(dialect.name, "new", **{each: messages.c[each].type for each in RECORDED})
        #: All or nothing, on PostgreSQL: nothing where a conversation is at another revision than was read.
        self.add = Prepared(_added(self.moved, self.new, unsent=False))
        #: And nothing where a message was sent before.
        self.add_unsent = Prepared(_added(self.moved, self.new, unsent=True))

    def addition(
        self, advances: Collection[Advance], revisions: Mapping[str, int], new: Sequence[Message]
    ) -> dict[str, object]:
        """Give the parameters of both of them: conversations, the revisions at which they were read, and messages."""
        return {
            **self.moved.parameters(moved(advances, revisions)),
            **self.new.recorded([recorded(each) for each in new]),
        }


def _advanced(to: FromClause) -> Update:
    """Give the statement that sets counters."""
    active_at = conversations.c.active_at
    return (
        update(conversations)
        .where(conversations.c.id == to.c.id)
        .values(
            revision=to.c.revision,
            sequence=to.c.sequence,
            # The moment was taken before the lock, so it may be earlier than that of the message before.
            active_at=case((active_at < to.c.active_at, to.c.active_at), else_=active_at),
        )
    )


def _added(moved: Given, given: Given, *, unsent: bool) -> Select[int]:
    """Give the statement that does all or nothing: it gives how many conversations it has advanced.

    It waits for whoever has locked one of them, and then looks at the row as that one has left it. Rows are locked in
    the order of `lock_all`. If it is for messages that are `unsent` only, it looks whether they are.
    """
    to, new = select(moved.table).cte("moved"), select(given.table).cte("new")
    locked = (
        select(conversations.c.id)
        .join(to, conversations.c.id == to.c.id)
        .where(conversations.c.revision == to.c.before)
        .order_by(conversations.c.id)
        .with_for_update(key_share=True, of=conversations)
        .cte("locked")
    )
    those_locked, those_given = (select(func.count()).select_from(each).scalar_subquery() for each in (locked, to))
    advancing = _advanced(to).where(those_locked == those_given)
    if unsent:
        before = _repeated(new.c.conversation_id, new.c.sender_id, new.c.client_id)
        advancing = advancing.where(not_(exists(select(new.c.id).where(before.is_not(None)))))
    advanced = advancing.returning(conversations.c.id).cte("advanced")
    those_advanced = select(func.count()).select_from(advanced).scalar_subquery()
    as_new = (new.c.created_revision, false(), new.c.created_at)
    rows = select(*(new.c[each] for each in RECORDED), *as_new).where(those_advanced > 0)
    added = insert(messages).from_select([*RECORDED, "revision", "edited", "updated_at"], rows).cte("added")
    return select(func.count().label("moved")).select_from(advanced).add_cte(added)


def _repeated(
    conversation_id: ColumnElement[str], sender_id: ColumnElement[str], client_id: ColumnElement[str | None]
) -> ScalarSelect[str]:
    """Give the message that was sent before under a client identifier.

    It is in the order of one index alone, which is the one that is used, therefore. Of several that begin with the
    conversation PostgreSQL takes any while there are no messages, keeps to that for minutes, and would come to look at
    all messages of a conversation for each new one.
    """
    return (
        select(messages.c.id)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.sender_id == sender_id,
            messages.c.client_id.between(client_id, client_id),
        )
        .order_by(messages.c.client_id)
        .limit(1)
        .scalar_subquery()
    )


_KNOWN: Final[dict[str, Statements]] = {}


def statements(dialect: Dialect) -> Statements:
    """Give the statements, of which there is one of each for a kind of database."""
    found = _KNOWN.get(dialect.name)
    if found is None:
        found = _KNOWN[dialect.name] = Statements(dialect)
    return found
