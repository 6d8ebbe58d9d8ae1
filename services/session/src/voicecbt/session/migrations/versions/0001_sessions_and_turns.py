"""Sessions, their turns, and the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from voicecbt.kit.migrate import create_outbox

revision = "0001"
down_revision = None

SCHEMA = "session"


def upgrade() -> None:
    """Makes the tables."""
    _create_sessions()
    _create_turns()
    create_outbox(op, SCHEMA)


def downgrade() -> None:
    """Drops everything, with all data."""
    for table in ("outbox", "turns", "sessions"):
        op.drop_table(table, schema=SCHEMA)


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("idempotency_key", sa.String(100), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True)),
        sa.Column("duration_seconds", sa.Integer),
        sa.Column("session_type", sa.String(50), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("emotion_summary", JSONB, nullable=False),
        sa.Column("therapeutic_goals", sa.LargeBinary, nullable=False),
        sa.Column("outcome_metrics", JSONB),
        sa.Column("turn_count", sa.Integer, nullable=False),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint("user_id", "idempotency_key", name="uq_sessions_user_id"),
        sa.CheckConstraint("status IN ('active', 'ended')", name="ck_sessions_status"),
        schema=SCHEMA,
    )
    op.create_index("ix_sessions_newest", "sessions", ["user_id", "start_time", "id"], schema=SCHEMA)
    active = sa.text("status = 'active'")
    op.create_index("ix_sessions_idle", "sessions", ["last_activity_at"], schema=SCHEMA, postgresql_where=active)


def _create_turns() -> None:
    owner = sa.ForeignKey(f"{SCHEMA}.sessions.id", name="fk_turns_session_id", ondelete="CASCADE")
    op.create_table(
        "turns",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("session_id", sa.Uuid, owner, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_input", sa.LargeBinary, nullable=False),
        sa.Column("ai_response", sa.LargeBinary, nullable=False),
        sa.Column("unheard_reply", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("emotion", sa.LargeBinary, nullable=False),
        sa.Column("emotion_detected", sa.String(50), nullable=False),
        sa.Column("confidence_score", sa.Numeric(3, 2)),
        sa.Column("safety_level", sa.String(20), nullable=False),
        sa.Column("safety", sa.LargeBinary, nullable=False),
        sa.Column("therapeutic_technique", sa.String(100), nullable=False),
        sa.Column("citations", JSONB, nullable=False),
        sa.Column("protocol_state", JSONB, nullable=False),
        sa.Column("response_id", sa.String(200), nullable=False),
        sa.Column("knowledge_version", sa.String(200), nullable=False),
        sa.Column("response_time_ms", sa.Integer, nullable=False),
        sa.Column("timings", JSONB, nullable=False),
        sa.Column("degraded", JSONB, nullable=False),
        sa.Column("user_satisfaction", sa.SmallInteger),
        sa.UniqueConstraint("session_id", "index", name="uq_turns_session_id"),
        sa.CheckConstraint("user_satisfaction BETWEEN 1 AND 5", name="ck_turns_satisfaction"),
        schema=SCHEMA,
    )
