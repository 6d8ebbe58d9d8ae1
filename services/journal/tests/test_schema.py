"""The migrations make the tables that the code expects, with checks of their own, and take them away again."""

import asyncio
import uuid

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from voicecbt.journal.tables import SCHEMA, metadata
from voicecbt.kit.migrate import alembic_config, upgrade

pytestmark = pytest.mark.integration


def differences(connection):
    options = {"include_schemas": True, "version_table_schema": SCHEMA}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    return [each for each in found if "comment" not in str(each[0] if isinstance(each, tuple) else each[0][0])]


async def test_the_migrated_schema_is_the_one_of_the_code(journal_database_url):
    engine = create_async_engine(journal_database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


@pytest.mark.parametrize(
    ("column", "value"),
    [("mood_score", 0), ("mood_score", 11), ("sleep_quality", 0), ("stress_level", 6), ("energy_level", 6)],
)
async def test_the_database_itself_refuses_scores_out_of_range(database, column, value):
    row = {"mood_score": 5, "sleep_quality": 1, "stress_level": 1, "energy_level": 1, column: value}
    columns = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    statement = f"""
        INSERT INTO journal.mood_entries (id, user_id, timestamp, emotions, idempotency_digest, {columns})
        VALUES (:id, :id, now(), '', '', {values})
    """
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(text(statement), {"id": uuid.uuid4(), **row})


async def test_the_schema_can_be_taken_back_and_made_again(journal_database_url):
    config = alembic_config("journal", journal_database_url)
    await asyncio.to_thread(command.downgrade, config, "base")
    await asyncio.to_thread(upgrade, "journal", journal_database_url)
