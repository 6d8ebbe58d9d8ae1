"""Alembic migrations of one service's schema: `python -m voicecbt.kit.migrate journal` upgrades it to the newest."""

import argparse
import asyncio
import importlib
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from alembic.operations import Operations
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

from voicecbt.kit.database import metadata_for
from voicecbt.kit.outbox import outbox_table
from voicecbt.kit.settings import DatabaseSettings, service_config


def main() -> None:
    """Upgrades the schemas of the named services, in the order given."""
    parser = argparse.ArgumentParser(prog="voicecbt.kit.migrate", description=__doc__)
    parser.add_argument("services", nargs="+")
    for service in parser.parse_args().services:
        upgrade(service)
        print(f"{service}: schema is up to date")


def upgrade(service: str, database_url: str | None = None, revision: str = "head") -> None:
    """Brings the schema of `service` to `revision`. The URL comes from the service's settings unless it is given."""
    command.upgrade(alembic_config(service, database_url), revision)


def alembic_config(service: str, database_url: str | None = None) -> Config:
    """The Alembic configuration of a service's `migrations` folder."""
    package = importlib.import_module(f"voicecbt.{service}")
    config = Config()
    config.set_main_option("script_location", str(Path(str(package.__file__)).parent / "migrations"))
    config.attributes["database_url"] = database_url or _settings(service).database_url.get_secret_value()
    return config


def _settings(service: str) -> DatabaseSettings:
    class Settings(DatabaseSettings):
        model_config = service_config(service)

    return Settings()


def run_env(metadata: MetaData, schema: str) -> None:
    """What a service's `migrations/env.py` calls: runs the migrations in `schema`, which it creates when absent."""
    asyncio.run(_migrate(str(context.config.attributes["database_url"]), metadata, schema))


async def _migrate(url: str, metadata: MetaData, schema: str) -> None:
    engine = create_async_engine(url, hide_parameters=True)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run_in_schema, metadata, schema)
    finally:
        await engine.dispose()


def _run_in_schema(connection: Connection, metadata: MetaData, schema: str) -> None:
    # Two replicas that start together must not migrate together.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:schema))"), {"schema": f"migrate {schema}"})
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    context.configure(
        connection=connection, target_metadata=metadata, version_table_schema=schema, include_schemas=True
    )
    context.run_migrations()


def create_outbox(op: Operations, schema: str) -> None:
    """The outbox table, for a service's first migration."""
    table = outbox_table(metadata_for(schema))
    table.create(op.get_bind())


if __name__ == "__main__":
    main()
