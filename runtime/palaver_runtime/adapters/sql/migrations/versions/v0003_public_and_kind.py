"""Which conversations are public, and of which kind each message is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns: what is there is private and text, as is what an instance of the version before adds."""
    op.add_column("conversations", sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_conversations_public_id",
        "conversations",
        ["public", "id"],
        sqlite_where=sa.text("public = 1"),
        postgresql_where=sa.text("public"),
    )
    op.add_column("messages", sa.Column("kind", sa.String(16), nullable=False, server_default="text"))


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("messages", "kind")
    op.drop_index("ix_conversations_public_id", "conversations")
    op.drop_column("conversations", "public")
