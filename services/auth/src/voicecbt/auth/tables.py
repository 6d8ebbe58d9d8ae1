"""The tables of the `auth` schema; `migrations/` makes them, `repository/` alone uses them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

from voicecbt.kit.database import metadata_for
from voicecbt.kit.outbox import outbox_table

SCHEMA = "auth"
metadata = metadata_for(SCHEMA)
MOMENT = TIMESTAMP(timezone=True)

users = Table(
    "users",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("email", String(255), nullable=False),
    Column("username", String(100), nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("first_name", LargeBinary),
    Column("last_name", LargeBinary),
    Column("date_of_birth", LargeBinary),
    Column("gender", LargeBinary),
    Column("timezone", String(50), nullable=False),
    Column("country", String(2), nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("preferences", JSONB, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("last_login", MOMENT),
    Column("is_active", Boolean, nullable=False),
)
Index("uq_users_email_lower", func.lower(users.c.email), unique=True)
Index("uq_users_username_lower", func.lower(users.c.username), unique=True)

token_families = Table(
    "token_families",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("user_id", UUID, ForeignKey(users.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("started_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False, index=True),
    Column("revoked_at", MOMENT),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("family_id", UUID, ForeignKey(token_families.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("issued_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("wrapped_private_key", LargeBinary),
    Column("created_at", MOMENT, nullable=False),
    Column("retired_at", MOMENT),
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("user_id", UUID, ForeignKey(users.c.id, ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("created_at", MOMENT, nullable=False),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("time", MOMENT, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(100), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("user_id", UUID, ForeignKey(users.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("clinician_id", UUID, ForeignKey(users.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("granted_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT),
    Column("revoked_at", MOMENT),
)

outbox = outbox_table(metadata)
