"""The tables of the schema `session`, as the queries see them; `migrations` makes them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from voicecbt.kit.database import metadata_for
from voicecbt.kit.outbox import Outbox, outbox_table

SCHEMA = "session"

metadata = metadata_for(SCHEMA)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("idempotency_key", String(100), nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True)),
    Column("duration_seconds", Integer),
    Column("session_type", String(50), nullable=False),
    Column("status", String(20), nullable=False),
    Column("emotion_summary", JSONB, nullable=False),
    # Encrypted.
    Column("therapeutic_goals", LargeBinary, nullable=False),
    Column("outcome_metrics", JSONB),
    Column("turn_count", Integer, nullable=False),
    Column("last_activity_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("user_id", "idempotency_key"),
    CheckConstraint("status IN ('active', 'ended')", name="status"),
    Index("ix_sessions_newest", "user_id", "start_time", "id"),
    Index("ix_sessions_idle", "last_activity_at", postgresql_where=text("status = 'active'")),
)

turns = Table(
    "turns",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("session_id", Uuid, ForeignKey(sessions.c.id, ondelete="CASCADE"), nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("index", Integer, nullable=False),
    Column("timestamp", DateTime(timezone=True), nullable=False),
    # The next three, `emotion` and `safety` are encrypted.
    Column("user_input", LargeBinary, nullable=False),
    Column("ai_response", LargeBinary, nullable=False),
    Column("unheard_reply", LargeBinary, nullable=False),
    Column("language", String(35), nullable=False),
    Column("emotion", LargeBinary, nullable=False),
    Column("emotion_detected", String(50), nullable=False),
    Column("confidence_score", Numeric(3, 2)),
    Column("safety_level", String(20), nullable=False),
    Column("safety", LargeBinary, nullable=False),
    Column("therapeutic_technique", String(100), nullable=False),
    Column("citations", JSONB, nullable=False),
    Column("protocol_state", JSONB, nullable=False),
    Column("response_id", String(200), nullable=False),
    Column("knowledge_version", String(200), nullable=False),
    Column("response_time_ms", Integer, nullable=False),
    Column("timings", JSONB, nullable=False),
    Column("degraded", JSONB, nullable=False),
    Column("user_satisfaction", SmallInteger),
    UniqueConstraint("session_id", "index"),
    CheckConstraint("user_satisfaction BETWEEN 1 AND 5", name="satisfaction"),
)

# Remembered for good: a request that was on its way while the account was erased must not bring it back.
erased_people = Table(
    "erased_people",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

outbox_rows = outbox_table(metadata)
outbox = Outbox(outbox_rows)
