"""The migration makes exactly the tables that the code uses, and can be taken back."""

import asyncio

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from voicecbt.auth.tables import SCHEMA, metadata
from voicecbt.kit.migrate import alembic_config, upgrade

pytestmark = pytest.mark.integration


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection,
        opts={
            "include_schemas": True,
            "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
            "include_object": lambda _object, name, *_: name != "alembic_version",
            "version_table_schema": SCHEMA,
        },
    )
    found = compare_metadata(context, metadata)
    flat = [each for entry in found for each in (entry if isinstance(entry, list) else [entry])]
    return [each for each in flat if each[0] != "modify_comment"]  # comments are for readers of the database


async def ask(url, question):
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(question)
    finally:
        await engine.dispose()


def test_tables_and_migration_agree(auth_database_url):
    assert asyncio.run(ask(auth_database_url, differences)) == []


def test_it_can_be_taken_back_and_made_again(auth_database_url):
    def tables(connection):
        query = text("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'auth'")
        return connection.scalar(query)

    before = asyncio.run(ask(auth_database_url, tables))
    command.downgrade(alembic_config("auth", auth_database_url), "base")
    assert asyncio.run(ask(auth_database_url, tables)) == 1  # Alembic's own
    upgrade("auth", auth_database_url)
    assert asyncio.run(ask(auth_database_url, tables)) == before
