"""PostgreSQL: an engine, transactions that commit at the edge, and naming for migrations."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Self

from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from voicecbt.kit.errors import Unavailable
from voicecbt.kit.settings import DatabaseSettings

RECYCLE_SECONDS = 3600  # Below the idle limits of common poolers and firewalls.
STATEMENT_TIMEOUT_MS = 10_000  # No statement of ours is meant to take longer; a stuck one must not hold a connection.

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def metadata_for(schema: str) -> MetaData:
    """The metadata of a service's tables, all in `schema`, with predictable constraint names."""
    return MetaData(schema=schema, naming_convention=NAMING)


class Database:
    """One service's connections. Sessions are handed out only inside a transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @classmethod
    def connect(cls, settings: DatabaseSettings, application_name: str = "voicecbt") -> Self:
        """Makes the pool; connections are opened at first use and checked before each."""
        engine = create_async_engine(
            settings.database_url.get_secret_value(),
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_max_overflow,
            pool_pre_ping=True,
            pool_recycle=RECYCLE_SECONDS,
            hide_parameters=True,  # Statement parameters are what people say; they must not reach an error or a log.
            connect_args={
                "timeout": 5,
                "server_settings": {
                    "application_name": application_name,
                    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                },
            },
        )
        return cls(engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed when the block ends, and rolled back when it raises.

        Raises Unavailable when the database does not answer; constraint violations pass through.
        """
        try:
            async with self._sessions.begin() as session:
                yield session
        except (OperationalError, InterfaceError, OSError, TimeoutError) as error:
            raise _unavailable() from error
        except DBAPIError as error:
            if error.connection_invalidated or _is_starting_or_stopping(error):
                raise _unavailable() from error
            raise

    async def ping(self) -> bool:
        """Whether the database answers a query."""
        async with self.transaction() as session:
            return bool(await session.scalar(text("SELECT 1")))

    async def close(self) -> None:
        """Closes every connection."""
        await self._engine.dispose()


def _is_starting_or_stopping(error: DBAPIError) -> bool:
    """SQLSTATE classes 08 (connection) and 57P (shutdown, start-up): asyncpg's adapter has no error type for them."""
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return state.startswith(("08", "57P"))


def _unavailable() -> Unavailable:
    return Unavailable("the database is not answering; please try again shortly", timedelta(seconds=2))
