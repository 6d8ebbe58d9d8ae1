"""Takes events from the stream and stores them; what arrives together is stored together.

Each event is acknowledged only after its rows are stored. Several consumers wait at once, and one writer stores what
all of them have brought: batches grow with the load, and a single event never waits for others.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from voicecbt.insights.repository import InsightsRepository
from voicecbt.insights.rows import Rows
from voicecbt.insights.translation import Translation
from voicecbt.kit.errors import Unavailable
from voicecbt.kit.events import EventStream
from voicecbt.stubs.events.v1 import events_pb2

GROUP = "insights"
MAX_BATCH = 1000  # Events in one insert; well below what ClickHouse takes, and small enough to stay quick.

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Brought:
    rows: Rows
    stored: "asyncio.Future[None]"


class Ingestion:
    """Follows the event stream."""

    def __init__(
        self, stream: EventStream, translation: Translation, repository: InsightsRepository, consumers: int
    ) -> None:
        self._stream = stream
        self._translation = translation
        self._repository = repository
        self._consumers = consumers
        self._brought: asyncio.Queue[_Brought] = asyncio.Queue(MAX_BATCH)

    async def run(self) -> None:
        """Runs until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write())
            for number in range(self._consumers):
                consumer = f"{socket.gethostname()}-{number}"
                group.create_task(self._stream.consume(GROUP, consumer, self.handle))

    async def handle(self, event: events_pb2.Event) -> None:
        """Returns when the event's rows are stored.

        Raises Unavailable when they could not be, and the event comes again; BadEvent when they never can be.
        """
        rows = self._translation.rows(event)
        if rows is not None:
            stored = asyncio.get_running_loop().create_future()
            await self._brought.put(_Brought(rows, stored))
            await stored

    async def _write(self) -> None:
        while True:
            batch = [await self._brought.get()]
            while len(batch) < MAX_BATCH and not self._brought.empty():
                batch.append(self._brought.get_nowait())
            await self._store(batch)

    async def _store(self, batch: Sequence[_Brought]) -> None:
        waiting = [each.stored for each in batch if not each.stored.done()]
        try:
            await self._repository.store([each.rows for each in batch])
        except Unavailable as error:
            _settle(waiting, error)
        else:
            _settle(waiting, None)


def _settle(waiting: Sequence["asyncio.Future[None]"], error: Unavailable | None) -> None:
    for stored in waiting:
        if stored.done():  # Its consumer was cancelled; the event will come again.
            continue
        if error:
            stored.set_exception(error)
        else:
            stored.set_result(None)
