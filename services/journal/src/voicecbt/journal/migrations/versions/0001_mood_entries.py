"""Mood entries, erased people and the outbox.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from voicecbt.kit.migrate import create_outbox

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "journal"
MOMENT = sa.TIMESTAMP(timezone=True)
SEALED = "encrypted with the person's data key"


def upgrade() -> None:
    """Makes the schema's tables."""
    op.create_table(
        "mood_entries",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False, comment="an account of the auth service"),
        sa.Column("timestamp", MOMENT, nullable=False, comment="when the mood was felt"),
        sa.Column("mood_score", sa.SmallInteger, nullable=False),
        sa.Column("emotions", sa.LargeBinary, nullable=False, comment=SEALED),
        sa.Column("context", sa.LargeBinary, comment=SEALED),
        sa.Column("notes", sa.LargeBinary, comment=SEALED),
        sa.Column("environmental_factors", sa.LargeBinary, comment=SEALED),
        sa.Column("sleep_quality", sa.SmallInteger),
        sa.Column("stress_level", sa.SmallInteger),
        sa.Column("energy_level", sa.SmallInteger),
        sa.Column("idempotency_digest", sa.LargeBinary, nullable=False, comment="SHA-256 of the client's key"),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint("user_id", "idempotency_digest", name="uq_mood_entries_user_id"),
        sa.CheckConstraint("mood_score BETWEEN 1 AND 10", name="ck_mood_entries_mood_score"),
        *(
            sa.CheckConstraint(f"{column} BETWEEN 1 AND 5", name=f"ck_mood_entries_{column}")
            for column in ("sleep_quality", "stress_level", "energy_level")
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_mood_entries_page", "mood_entries", ["user_id", "timestamp", "id"], schema=SCHEMA)
    op.create_table(
        "erased_people",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("erased_at", MOMENT, nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
    )
    create_outbox(op, SCHEMA)


def downgrade() -> None:
    """Drops them all, and every entry with them."""
    for table in ("outbox", "erased_people", "mood_entries"):
        op.drop_table(table, schema=SCHEMA)
