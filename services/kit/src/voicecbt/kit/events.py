"""Domain events on a Redis stream: published from outboxes, consumed at least once by groups."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

import structlog
from google.protobuf.message import DecodeError
from opentelemetry import trace
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from voicecbt.kit.errors import Unavailable
from voicecbt.kit.telemetry import context_of
from voicecbt.stubs.events.v1 import events_pb2

STREAM = "voicecbt.events"
FIELD = b"event"
MAX_LENGTH = 1_000_000  # About a week of a busy deployment; consumers that are further behind must rebuild.
BLOCK_MS = 1000
BATCH = 64
STALE_MS = 30_000  # An event that a consumer took and did not finish is given to another after this long.
RETRY_SECONDS = 1.0

Handler = Callable[[events_pb2.Event], Awaitable[None]]
Entry = tuple[bytes, dict[bytes, bytes]]

log = structlog.get_logger(__name__)
tracer = trace.get_tracer(__name__)


class EventStream:
    """The one stream of all services."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(redis_url, socket_connect_timeout=2, socket_timeout=5)

    async def publish(self, payloads: Sequence[bytes]) -> None:
        """Appends serialized events in order. Raises Unavailable when the stream does not answer."""
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for payload in payloads:
                pipeline.xadd(STREAM, {FIELD: payload}, maxlen=MAX_LENGTH, approximate=True)
            await pipeline.execute()
        except (RedisError, OSError) as error:
            raise Unavailable("the event stream is not answering") from error

    async def consume(self, group: str, consumer: str, handler: Handler) -> None:
        """Hands every event to `handler`, at least once, until cancelled.

        An event is acknowledged after its handler returns; one whose handler raised, or whose consumer died, comes
        again. One that cannot be parsed is logged by its id and dropped: it would come for ever.
        """
        while True:
            try:
                await self._ensure_group(group)
                while not _cancelled():
                    await self._consume_batch(group, consumer, handler)
                raise asyncio.CancelledError
            except (RedisError, OSError, Unavailable) as error:
                log.warning("event stream away", group=group, error_type=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def ping(self) -> bool:
        """Whether Redis answers."""
        return bool(await self._redis.ping())

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()

    async def _ensure_group(self, group: str) -> None:
        try:
            await self._redis.xgroup_create(STREAM, group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _consume_batch(self, group: str, consumer: str, handler: Handler) -> None:
        claimed = await self._redis.xautoclaim(STREAM, group, consumer, STALE_MS, count=BATCH)
        fresh = await self._redis.xreadgroup(group, consumer, {STREAM: ">"}, count=BATCH, block=BLOCK_MS)
        entries = [*cast("list[Entry]", claimed[1])]
        entries += [entry for _, batch in cast("list[tuple[bytes, list[Entry]]]", fresh or []) for entry in batch]
        for entry_id, fields in entries:
            if fields:  # A claimed entry that was trimmed from the stream in the meantime has none.
                await self._handle(entry_id, fields, handler)
            await self._redis.xack(STREAM, group, entry_id)

    async def _handle(self, entry_id: bytes, fields: dict[bytes, bytes], handler: Handler) -> None:
        try:
            event = events_pb2.Event.FromString(fields[FIELD])
        except (DecodeError, KeyError):
            log.error("event dropped: it cannot be parsed", entry=entry_id.decode())
            return
        kind = event.WhichOneof("payload") or "unknown"
        with tracer.start_as_current_span(f"consume {kind}", context_of(event.traceparent)):
            await handler(event)


def _cancelled() -> bool:
    """redis-py can lose a cancellation that arrives while it releases a connection; the task still counts it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
