"""Alembic environment of the schema `session`."""

from voicecbt.kit.migrate import run_env
from voicecbt.session.repository.tables import SCHEMA, metadata

run_env(metadata, schema=SCHEMA)
