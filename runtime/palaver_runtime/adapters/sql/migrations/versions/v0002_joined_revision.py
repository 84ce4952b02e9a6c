"""Since which revision each participant is in the conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column: the revision of the latest addition, or that of the creation, which is always 1."""
    op.add_column("participants", sa.Column("joined_revision", sa.Integer(), nullable=False, server_default="1"))
    op.execute(
        """
        UPDATE participants SET joined_revision = coalesce(
            (SELECT max(changes.revision) FROM changes
             WHERE changes.conversation_id = participants.conversation_id
               AND changes.user_id = participants.user_id
               AND changes.kind = 'participant.added'), 1)
        """
    )


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("participants", "joined_revision")
