"""The migration makes exactly the tables that the code uses, and can be taken back."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from voicecbt.kit.migrate import alembic_config, upgrade
from voicecbt.session.repository.tables import SCHEMA, metadata

pytestmark = pytest.mark.integration

T = TypeVar("T")


def ask(url: str, question: Callable[[Connection], T]) -> T:
    """The answer of the database behind the URL."""

    async def connect() -> T:
        engine = create_async_engine(url)
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(question)
        finally:
            await engine.dispose()

    return asyncio.run(connect())


def differences(connection: Connection) -> list[object]:
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
        "include_object": lambda _object, name, *_: name != "alembic_version",
        "version_table_schema": SCHEMA,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names(SCHEMA)) - {"alembic_version"}


def test_tables_and_migration_agree(session_database: str) -> None:
    assert ask(session_database, differences) == []


def test_it_can_be_taken_back_and_made_again(session_database: str) -> None:
    command.downgrade(alembic_config("session", session_database), "base")
    assert ask(session_database, tables) == set()
    upgrade("session", session_database)
    assert ask(session_database, tables) == {"sessions", "turns", "erased_people", "outbox"}
