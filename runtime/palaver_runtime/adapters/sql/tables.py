"""The tables. A change here needs a new file in migrations/versions."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from palaver_runtime.adapters.sql.columns import Document, Moment

_ID = String(24)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("name_key", Text, unique=True),
    Column("display_name", Text),
    Column("password_hash", Text),
    Column("created_at", Moment, nullable=False),
    Column("deleted_at", Moment),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("session_id", _ID, ForeignKey("sessions.id"), nullable=False, index=True),
    Column("spent_at", Moment),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("type", String(16), nullable=False),
    Column("name", Text),
    Column("metadata", Document, nullable=False),
    Column("direct_key", String(64), unique=True),
    Column("created_by", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("active_at", Moment, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    # The defaults of this and other columns serve instances of the version before, while they are replaced.
    Column("public", Boolean, nullable=False, server_default=false()),
    # Of the public ones alone, so that it costs others nothing. Without the activity, which each message changes.
    Index(None, "public", "id", sqlite_where=text("public = 1"), postgresql_where=text("public")),
)

participants = Table(
    "participants",
    metadata,
    Column("conversation_id", _ID, ForeignKey("conversations.id"), primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
    Column("joined_at", Moment, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("read_sequence", Integer, nullable=False),
    Column("read_message_id", _ID),
    Column("read_at", Moment),
    Column("joined_revision", Integer, nullable=False, server_default="1"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation_id", _ID, ForeignKey("conversations.id"), nullable=False),
    Column("sender_id", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("attachments", Document, nullable=False),
    Column("metadata", Document, nullable=False),
    Column("reply_to", _ID),
    Column("client_id", Text),
    Column("sequence", Integer, nullable=False),
    Column("created_revision", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("edited", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    Column("kind", String(16), nullable=False, server_default="text"),
    UniqueConstraint("conversation_id", "sequence"),
    UniqueConstraint("conversation_id", "created_revision"),
    UniqueConstraint("conversation_id", "sender_id", "client_id"),
    Index(None, "conversation_id", "revision"),
)

changes = Table(
    "changes",
    metadata,
    Column("conversation_id", _ID, ForeignKey("conversations.id"), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("message_id", _ID),
    Column("user_id", Text),
    Column("at", Moment, nullable=False),
    # What a dialect told in its own words; all else can be told from the other tables.
    Column("content", Document),
)
