"""When users were deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column: who is there was not deleted."""
    op.add_column("users", sa.Column("deleted_at", sa.BigInteger()))


def downgrade() -> None:
    """Drop the column. Who was deleted has no name and no password any more, and is else as everybody."""
    op.drop_column("users", "deleted_at")
