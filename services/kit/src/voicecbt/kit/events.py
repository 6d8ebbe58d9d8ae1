"""Domain events on a Redis stream: published from outboxes, consumed at least once by groups."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

import structlog
from google.protobuf.message import DecodeError
from opentelemetry import trace
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from voicecbt.kit import metrics
from voicecbt.kit.errors import Unavailable
from voicecbt.kit.logs import places_of
from voicecbt.kit.telemetry import context_of
from voicecbt.stubs.events.v1 import events_pb2

STREAM = "voicecbt.events"
FIELD = b"event"
# How long an event stays readable: a consumer that was away for longer must be rebuilt from the services' own tables.
# Events hold numbers about people (a mood, a risk level), so they are not kept for longer than that is worth.
RETENTION_SECONDS = 7 * 24 * 3600
BLOCK_MS = 1000
BATCH = 64
STALE_MS = 30_000  # An event that a consumer took and did not finish is given to another after this long.
RETRY_SECONDS = 1.0

Handler = Callable[[events_pb2.Event], Awaitable[None]]
Entry = tuple[bytes, dict[bytes, bytes]]

log = structlog.get_logger(__name__)
tracer = trace.get_tracer(__name__)


class BadEvent(ValueError):
    """What a handler raises for an event that can never be handled; the message says why, without what it holds."""


class EventStream:
    """The one stream of all services."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(redis_url, socket_connect_timeout=2, socket_timeout=5)

    async def publish(self, payloads: Sequence[bytes]) -> None:
        """Appends serialized events in order. Raises Unavailable when the stream does not answer."""
        try:
            oldest = f"{int((time.time() - RETENTION_SECONDS) * 1000)}"
            pipeline = self._redis.pipeline(transaction=False)
            for payload in payloads:
                pipeline.xadd(STREAM, {FIELD: payload}, minid=oldest, approximate=True)
            await pipeline.execute()
        except (RedisError, OSError) as error:
            raise Unavailable("the event stream is not answering") from error

    async def consume(self, group: str, consumer: str, handler: Handler) -> None:
        """Hands every event to `handler`, at least once, until cancelled.

        An event is acknowledged after its handler returns. One whose consumer died, or whose handler failed, comes
        again after STALE_MS, and the others go on. One that cannot be parsed, or that the handler refuses with
        BadEvent, is logged by its id and dropped: it would come for ever.
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
            # A claimed entry that was trimmed from the stream in the meantime has no fields.
            if not fields or await self._is_settled(entry_id, fields, handler):
                await self._redis.xack(STREAM, group, entry_id)

    async def _is_settled(self, entry_id: bytes, fields: dict[bytes, bytes], handler: Handler) -> bool:
        """Handles one event; False when it should come again."""
        try:
            await self._handle(_parsed(fields), handler)
        except BadEvent as error:
            metrics.errors.labels(error_type="bad_event", service="events").inc()
            log.error("event dropped", entry=entry_id.decode(), reason=str(error))
        except (RedisError, OSError, Unavailable):
            raise
        except Exception as error:  # noqa: BLE001 - one event that trips a bug must not stop all that follow it.
            metrics.errors.labels(error_type="event_failed", service="events").inc()
            log.error("event failed; it comes again", entry=entry_id.decode(), places=places_of(error))
            return False
        return True

    async def _handle(self, event: events_pb2.Event, handler: Handler) -> None:
        kind = event.WhichOneof("payload") or "unknown"
        with tracer.start_as_current_span(f"consume {kind}", context_of(event.traceparent), record_exception=False):
            await handler(event)


def _parsed(fields: dict[bytes, bytes]) -> events_pb2.Event:
    try:
        return events_pb2.Event.FromString(fields[FIELD])
    except (DecodeError, KeyError):
        raise BadEvent("it is no event") from None


def _cancelled() -> bool:
    """redis-py can lose a cancellation that arrives while it releases a connection; the task still counts it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
