"""What dialects tell in words of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column, which only what is new has."""
    op.add_column("changes", sa.Column("content", sa.Text()))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("changes", "content")
