"""The tables of the `journal` schema; `migrations/` makes them, `repository.py` alone uses them."""

from sqlalchemy import Column, Index, LargeBinary, SmallInteger, Table, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import TIMESTAMP, UUID

from voicecbt.kit.database import metadata_for
from voicecbt.kit.outbox import outbox_table

SCHEMA = "journal"
metadata = metadata_for(SCHEMA)
MOMENT = TIMESTAMP(timezone=True)

mood_entries = Table(
    "mood_entries",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("user_id", UUID(as_uuid=True), nullable=False),
    Column("timestamp", MOMENT, nullable=False),
    Column("mood_score", SmallInteger, nullable=False),
    Column("emotions", LargeBinary, nullable=False),
    Column("context", LargeBinary),
    Column("notes", LargeBinary),
    Column("environmental_factors", LargeBinary),
    Column("sleep_quality", SmallInteger),
    Column("stress_level", SmallInteger),
    Column("energy_level", SmallInteger),
    Column("idempotency_digest", LargeBinary, nullable=False),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
    UniqueConstraint("user_id", "idempotency_digest"),
)
Index("ix_mood_entries_page", mood_entries.c.user_id, mood_entries.c.timestamp, mood_entries.c.id)

# Remembered for good: an event or a request that was on its way while the account was erased must not bring it back.
erased_people = Table(
    "erased_people",
    metadata,
    Column("user_id", UUID(as_uuid=True), primary_key=True),
    Column("erased_at", MOMENT, nullable=False, server_default=func.now()),
)

outbox = outbox_table(metadata)
