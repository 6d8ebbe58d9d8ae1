"""Who was erased, so that nothing of theirs is written again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SCHEMA = "session"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "erased_people",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Drops it: who was erased is forgotten, and what they send while their token holds is kept."""
    op.drop_table("erased_people", schema=SCHEMA)
