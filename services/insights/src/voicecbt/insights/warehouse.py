"""ClickHouse, embedded or a server: one synchronous client on one thread of its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

import clickhouse_connect
import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from voicecbt.insights.settings import Settings
from voicecbt.kit.errors import Unavailable

MAX_WAITING = 256  # Requests on the thread and before it; beyond that an early refusal helps more than a late answer.
STATEMENT_SECONDS = 10  # No statement of ours takes this long; a stuck one must not block the thread for ever.

Value = object
T = TypeVar("T")

log = structlog.get_logger(__name__)


class CannotOpen(Exception):
    """The store cannot be opened; the message says which, and what may be the matter."""


class Warehouse:
    """Statements run one after another, so that what one caller wrote is seen by everyone who asks afterwards."""

    def __init__(self, open_client: Callable[[], Client]) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clickhouse")
        self._open_client = open_client
        self._waiting = 0
        self._client: Client | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The store that the settings name; `open` it before use."""
        return cls(lambda: _connect(settings))

    async def open(self) -> None:
        """Connects. Raises CannotOpen."""
        self._client = await asyncio.get_running_loop().run_in_executor(self._thread, self._open_client)

    async def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
        """Stores `rows` in one go. Raises Unavailable."""
        await self._run(lambda client: client.insert(table, rows, column_names=columns))

    async def query(self, sql: str, parameters: Mapping[str, Value] | None = None) -> Sequence[Mapping[str, Value]]:
        """The rows of a SELECT with `{name:Type}` parameters, by column name. Raises Unavailable."""

        def read(client: Client) -> list[dict[str, Value]]:
            return list(client.query(sql, parameters=dict(parameters or {})).named_results())

        return await self._run(read)

    async def command(self, sql: str, parameters: Mapping[str, Value] | None = None) -> None:
        """Runs a statement without a result. Raises Unavailable."""
        await self._run(lambda client: client.command(sql, parameters=dict(parameters or {})))

    async def close(self) -> None:
        """Waits for the statement that is running and closes the store."""
        if self._client is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._client.close)
            self._client = None
        self._thread.shutdown()

    async def _run(self, work: Callable[[Client], T]) -> T:
        if self._client is None or self._waiting >= MAX_WAITING:
            raise Unavailable("insights are busy; please try again shortly")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, self._client)
        except (ClickHouseError, OSError) as error:
            # Not the message: it can hold the values of the statement.
            log.warning("clickhouse refused", error_type=type(error).__name__, code=getattr(error, "code", None))
            raise Unavailable("insights are not available at the moment; please try again shortly") from error
        finally:
            self._waiting -= 1


def _connect(settings: Settings) -> Client:
    limits = {
        "max_execution_time": STATEMENT_SECONDS,
        "max_memory_usage": settings.clickhouse_memory_mb << 20,
        "max_threads": 1,  # Queries are about one person; more threads would only cost memory.
    }
    try:
        if url := settings.clickhouse_url.get_secret_value():
            return clickhouse_connect.get_client(dsn=url, settings=limits)
        return _embedded(settings.clickhouse_path, limits)
    except (ClickHouseError, OSError) as error:
        where = (
            "the server at clickhouse_url" if settings.clickhouse_url.get_secret_value() else settings.clickhouse_path
        )
        hint = "is it running, and is no other process using the same folder?"
        raise CannotOpen(f"ClickHouse cannot be opened at {where}: {hint}") from error


def _embedded(path: Path, limits: dict[str, int]) -> Client:
    path.mkdir(parents=True, exist_ok=True)
    return clickhouse_connect.get_client(interface="chdb", path=str(path.resolve()), settings=limits)
