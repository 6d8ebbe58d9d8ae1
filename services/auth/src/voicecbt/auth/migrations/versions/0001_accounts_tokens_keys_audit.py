"""Accounts, tokens, keys, consents, the audit trail and the outbox.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from voicecbt.kit.migrate import create_outbox

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "auth"
MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Makes the schema's tables."""
    _accounts()
    _tokens()
    _keys()
    _consents()
    _audit()
    create_outbox(op, SCHEMA)


def downgrade() -> None:
    """Drops them all, and every account with them."""
    for table in (
        "outbox",
        "audit_events",
        "consents",
        "data_keys",
        "signing_keys",
        "refresh_tokens",
        "token_families",
        "users",
    ):
        op.drop_table(table, schema=SCHEMA)
    op.execute(f"DROP FUNCTION {SCHEMA}.refuse_change()")


def _accounts() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.String(255), nullable=False, comment="plain: sign-in looks it up; unique in any case"),
        sa.Column("username", sa.String(100), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False, comment="Argon2id, encoded"),
        sa.Column("first_name", sa.LargeBinary, comment="encrypted with the person's data key"),
        sa.Column("last_name", sa.LargeBinary, comment="encrypted with the person's data key"),
        sa.Column("date_of_birth", sa.LargeBinary, comment="encrypted with the person's data key"),
        sa.Column("gender", sa.LargeBinary, comment="encrypted with the person's data key"),
        sa.Column("timezone", sa.String(50), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("preferences", JSONB, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("last_login", MOMENT),
        sa.Column("is_active", sa.Boolean, nullable=False, comment="false once erased"),
        schema=SCHEMA,
    )
    for column in ("email", "username"):
        op.create_index(f"uq_users_{column}_lower", "users", [sa.text(f"lower({column})")], unique=True, schema=SCHEMA)


def _tokens() -> None:
    op.create_table(
        "token_families",
        sa.Column("id", sa.Uuid, primary_key=True),
        _person("user_id"),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False, index=True),
        sa.Column("revoked_at", MOMENT),
        schema=SCHEMA,
    )
    family = sa.ForeignKey(f"{SCHEMA}.token_families.id", ondelete="CASCADE")
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True, comment="SHA-256; the token itself is not stored"),
        sa.Column("family_id", sa.Uuid, family, nullable=False, index=True),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        schema=SCHEMA,
    )


def _keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(64), primary_key=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("wrapped_private_key", sa.LargeBinary, comment="null once retired"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT),
        schema=SCHEMA,
    )
    person = sa.ForeignKey(f"{SCHEMA}.users.id", ondelete="CASCADE")
    op.create_table(
        "data_keys",
        sa.Column("user_id", sa.Uuid, person, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        schema=SCHEMA,
    )


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid, primary_key=True),
        _person("user_id"),
        _person("clinician_id"),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        schema=SCHEMA,
    )


def _audit() -> None:
    op.create_table(
        "audit_events",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("time", MOMENT, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        schema=SCHEMA,
    )
    op.execute(
        f"""
        CREATE FUNCTION {SCHEMA}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    op.execute(
        f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {SCHEMA}.audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change()
        """
    )


def _person(name: str) -> sa.Column[object]:
    reference = sa.ForeignKey(f"{SCHEMA}.users.id", ondelete="CASCADE")
    return sa.Column(name, sa.Uuid, reference, nullable=False, index=True)
