"""From a committed change to a consumer: at least once, in order, whatever dies in between."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import MetaData, text

from voicecbt.kit import events as events_module
from voicecbt.kit.database import Database
from voicecbt.kit.errors import Unavailable
from voicecbt.kit.events import BadEvent, EventStream
from voicecbt.kit.outbox import Outbox, OutboxRelay, outbox_table
from voicecbt.kit.settings import DatabaseSettings
from voicecbt.stubs.events.v1 import events_pb2

pytestmark = pytest.mark.integration

TABLE = outbox_table(MetaData())


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    connected = Database.connect(DatabaseSettings(database_url=postgres_url))
    async with connected.transaction() as session:
        connection = await session.connection()
        await connection.run_sync(lambda sync: TABLE.metadata.create_all(sync))
        await session.execute(text("DELETE FROM outbox"))
    yield connected
    await connected.close()


@pytest.fixture
async def stream(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EventStream]:
    monkeypatch.setattr(events_module, "STREAM", f"test.{uuid.uuid4().hex}")
    monkeypatch.setattr(events_module, "BLOCK_MS", 50)
    connected = EventStream(redis_url)
    yield connected
    await connected.close()


async def add(database: Database, count: int) -> list[str]:
    added = [events_pb2.Event(user_id="u", mood_deleted={"mood_id": str(n)}) for n in range(count)]
    async with database.transaction() as session:
        for event in added:
            await Outbox(TABLE).add(session, event)
    return [event.event_id for event in added]


async def collect(stream: EventStream, count: int, group: str = "g") -> list[events_pb2.Event]:
    seen: list[events_pb2.Event] = []
    done = asyncio.Event()

    async def handler(event: events_pb2.Event) -> None:
        seen.append(event)
        if len(seen) >= count:
            done.set()

    consumer = asyncio.create_task(stream.consume(group, "c1", handler))
    async with asyncio.timeout(20):
        await done.wait()
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    return seen


async def test_events_arrive_in_order_with_id_and_time(database, stream):
    ids = await add(database, 250)
    relay = OutboxRelay(database, TABLE, stream)
    assert [await relay.publish_batch() for _ in range(4)] == [100, 100, 50, 0]
    seen = await collect(stream, 250)
    assert [event.event_id for event in seen] == ids
    assert all(event.HasField("time") for event in seen)


async def test_a_rolled_back_change_tells_nothing(database, stream):
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            await Outbox(TABLE).add(session, events_pb2.Event(user_id="u", account_erased={}))
            raise RuntimeError("the change failed")
    assert await OutboxRelay(database, TABLE, stream).publish_batch() == 0


async def test_what_could_not_be_published_stays(database, stream):
    await add(database, 3)
    gone = EventStream("redis://127.0.0.1:1/0")
    with pytest.raises(Unavailable):
        await OutboxRelay(database, TABLE, gone).publish_batch()
    assert await OutboxRelay(database, TABLE, stream).publish_batch() == 3


async def test_two_relays_publish_each_event_once(database, stream):
    ids = await add(database, 150)
    relays = [OutboxRelay(database, TABLE, stream) for _ in range(2)]
    while sum(await asyncio.gather(*(relay.publish_batch() for relay in relays))):
        pass
    assert [event.event_id for event in await collect(stream, 150)] == ids


async def test_a_handler_that_failed_gets_the_event_again(database, stream, monkeypatch):
    monkeypatch.setattr(events_module, "STALE_MS", 100)
    monkeypatch.setattr(events_module, "RETRY_SECONDS", 0.05)
    await add(database, 1)
    await OutboxRelay(database, TABLE, stream).publish_batch()
    attempts: list[str] = []
    done = asyncio.Event()

    async def handler(event: events_pb2.Event) -> None:
        attempts.append(event.event_id)
        if len(attempts) == 1:
            raise Unavailable("a store is away")
        done.set()

    consumer = asyncio.create_task(stream.consume("g", "c", handler))
    async with asyncio.timeout(20):
        await done.wait()
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    assert len(attempts) == 2 and len(set(attempts)) == 1


async def test_an_event_that_trips_a_bug_comes_again_and_does_not_stop_the_others(database, stream, monkeypatch):
    monkeypatch.setattr(events_module, "STALE_MS", 100)
    ids = await add(database, 3)
    await OutboxRelay(database, TABLE, stream).publish_batch()
    attempts: list[str] = []
    done = asyncio.Event()

    async def handler(event: events_pb2.Event) -> None:
        attempts.append(event.event_id)
        if attempts.count(ids[0]) == 2:
            done.set()
        elif event.event_id == ids[0]:
            raise AttributeError("a bug")

    consumer = asyncio.create_task(stream.consume("g", "c", handler))
    async with asyncio.timeout(20):
        await done.wait()
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    assert attempts[:3] == ids


async def test_an_event_that_can_never_be_handled_is_dropped_once(database, stream):
    ids = await add(database, 2)
    await OutboxRelay(database, TABLE, stream).publish_batch()
    handled: list[str] = []
    done = asyncio.Event()

    async def handler(event: events_pb2.Event) -> None:
        handled.append(event.event_id)
        if event.event_id == ids[0]:
            raise BadEvent("its person is no id")
        done.set()

    consumer = asyncio.create_task(stream.consume("g", "c", handler))
    async with asyncio.timeout(20):
        await done.wait()
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    assert handled == ids


async def test_an_entry_that_cannot_be_parsed_does_not_block_the_others(database, stream):
    await stream.publish([b"\xff\xff not a message"])
    ids = await add(database, 1)
    await OutboxRelay(database, TABLE, stream).publish_batch()
    assert [event.event_id for event in await collect(stream, 1)] == ids
