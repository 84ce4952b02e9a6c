"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("name_key", sa.Text()),
        sa.Column("display_name", sa.Text()),
        sa.Column("password_hash", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name_key", name="uq_users_name_key"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("session_id", sa.String(24), nullable=False),
        sa.Column("spent_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("hash", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_refresh_tokens_session_id"),
    )
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"])
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("direct_key", sa.String(64)),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("active_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.UniqueConstraint("direct_key", name="uq_conversations_direct_key"),
    )
    op.create_table(
        "participants",
        sa.Column("conversation_id", sa.String(24), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("read_sequence", sa.Integer(), nullable=False),
        sa.Column("read_message_id", sa.String(24)),
        sa.Column("read_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name="pk_participants"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_participants_conversation_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_participants_user_id"),
    )
    op.create_index("ix_participants_user_id", "participants", ["user_id"])
    op.create_table(
        "messages",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("conversation_id", sa.String(24), nullable=False),
        sa.Column("sender_id", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.String(24)),
        sa.Column("client_id", sa.Text()),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_revision", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_messages_conversation_id"),
        sa.UniqueConstraint("conversation_id", "sequence", name="uq_messages_conversation_id_sequence"),
        sa.UniqueConstraint("conversation_id", "created_revision", name="uq_messages_conversation_id_created_revision"),
        sa.UniqueConstraint(
            "conversation_id", "sender_id", "client_id", name="uq_messages_conversation_id_sender_id_client_id"
        ),
    )
    op.create_index("ix_messages_conversation_id_revision", "messages", ["conversation_id", "revision"])
    op.create_table(
        "changes",
        sa.Column("conversation_id", sa.String(24), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("message_id", sa.String(24)),
        sa.Column("user_id", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "revision", name="pk_changes"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_changes_conversation_id"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("changes", "messages", "participants", "conversations", "refresh_tokens", "sessions", "users"):
        op.drop_table(table)
