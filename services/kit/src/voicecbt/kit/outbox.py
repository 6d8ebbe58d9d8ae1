"""The transactional outbox: an event is written with the change that it tells of, and published afterwards.

Delivery is at least once, and in the order of insertion per service: a single relay holds the advisory lock at a time.
"""

import asyncio
import uuid
from collections.abc import Sequence

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Delete,
    Identity,
    LargeBinary,
    MetaData,
    Row,
    Select,
    Table,
    TextClause,
    Uuid,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.kit.database import Database
from voicecbt.kit.errors import Unavailable
from voicecbt.kit.events import EventStream
from voicecbt.kit.telemetry import current_traceparent
from voicecbt.stubs.events.v1 import events_pb2

BATCH = 100
POLL_SECONDS = 0.2  # How late an event may be seen; cheap, as the table is empty most of the time.
RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


def outbox_table(metadata: MetaData) -> Table:
    """The outbox of the schema that `metadata` belongs to."""
    return Table(
        "outbox",
        metadata,
        Column("position", BigInteger, Identity(always=True), primary_key=True),
        Column("event_id", Uuid, nullable=False, unique=True),
        Column("payload", LargeBinary, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


class Outbox:
    """Writes events into a service's outbox."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def add(self, session: AsyncSession, event: events_pb2.Event) -> None:
        """Stores `event` in the transaction of `session`. Fills event_id, time and traceparent where they are empty."""
        if not event.event_id:
            event.event_id = str(uuid.uuid4())
        if not event.HasField("time"):
            event.time.GetCurrentTime()
        if not event.traceparent:
            event.traceparent = current_traceparent()
        row = {"event_id": uuid.UUID(event.event_id), "payload": event.SerializeToString()}
        await session.execute(insert(self._table).values(row))


class OutboxRelay:
    """Publishes what the outbox holds, oldest first, and deletes what the stream has taken."""

    def __init__(self, database: Database, table: Table, stream: EventStream) -> None:
        self._database = database
        self._table = table
        self._stream = stream

    async def run(self) -> None:
        """Runs until cancelled. Survives the database and the stream being away."""
        while True:
            try:
                while await self.publish_batch() == BATCH:
                    pass
                await asyncio.sleep(POLL_SECONDS)
            except (Unavailable, OSError) as error:
                log.warning("outbox waits", error_type=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def publish_batch(self) -> int:
        """Publishes up to BATCH events; returns how many: 0 while another relay is at work."""
        async with self._database.transaction() as session:
            if not await session.scalar(self._lock()):
                return 0
            rows = (await session.execute(self._oldest())).all()
            if rows:
                await self._stream.publish([bytes(row.payload) for row in rows])
                await session.execute(self._delete(rows))
            return len(rows)

    def _lock(self) -> TextClause:
        return text("SELECT pg_try_advisory_xact_lock(hashtext(:name))").bindparams(name=str(self._table))

    def _oldest(self) -> Select[tuple[object, ...]]:
        return select(self._table).order_by(self._table.c.position).limit(BATCH)

    def _delete(self, rows: Sequence[Row[tuple[object, ...]]]) -> Delete:
        return delete(self._table).where(self._table.c.position.in_([row.position for row in rows]))
