"""Alembic's entry point; everything is in voicecbt.kit.migrate."""

from voicecbt.journal.tables import SCHEMA, metadata
from voicecbt.kit.migrate import run_env

run_env(metadata, schema=SCHEMA)
