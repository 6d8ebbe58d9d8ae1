"""What the journal tells the other services, and what it does when an account is erased."""

import asyncio
import uuid

import grpc
import pytest
from sqlalchemy import text

from voicecbt.journal.moods import Moods
from voicecbt.kit import events as events_module
from voicecbt.kit.database import Database
from voicecbt.kit.errors import Unavailable
from voicecbt.stubs.events.v1 import events_pb2

pytestmark = pytest.mark.integration


async def told(stream, count: int) -> list[events_pb2.Event]:
    """The first `count` events on the stream, seen by a group of our own."""
    seen: list[events_pb2.Event] = []
    done = asyncio.Event()

    async def take(event: events_pb2.Event) -> None:
        seen.append(event)
        if len(seen) == count:
            done.set()

    consumer = asyncio.create_task(stream.consume("test", "test", take))
    async with asyncio.timeout(30):
        await done.wait()
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    return seen


def erased(user_id: str) -> events_pb2.Event:
    event = events_pb2.Event(event_id=str(uuid.uuid4()), user_id=user_id, account_erased={})
    event.time.GetCurrentTime()
    return event


async def until_empty(database: Database, user_id: str) -> None:
    query = text("SELECT count(*) FROM journal.mood_entries WHERE user_id = :user_id")
    async with asyncio.timeout(30):
        while True:
            async with database.transaction() as session:
                if not await session.scalar(query, {"user_id": user_id}):
                    return
            await asyncio.sleep(0.02)


async def test_an_entry_and_its_deletion_are_told_once_and_in_order(journal, stream):
    mood = await journal.record(3, key="k", emotions={"joy": 0.5, "typed_by_me": 0.25}, notes="words", context="words")
    await journal.record(3, key="k")
    await journal.delete(mood.mood_id)
    recorded, deleted = await told(stream, 2)
    assert recorded.user_id == deleted.user_id == journal.user_id
    assert recorded.mood_recorded.mood_id == deleted.mood_deleted.mood_id == mood.mood_id
    assert dict(recorded.mood_recorded.emotions) == {"joy": 0.5, "other": 0.25}
    assert b"words" not in recorded.SerializeToString() and b"typed" not in recorded.SerializeToString()
    assert recorded.traceparent == "" or recorded.traceparent.startswith("00-")


async def test_an_erased_account_loses_its_entries_and_gets_no_new_ones(journal, database, stream):
    other = journal.as_(str(uuid.uuid4()))
    await journal.record(notes="mine")
    await other.record(notes="theirs")
    await stream.publish([erased(journal.user_id).SerializeToString()] * 2)
    await until_empty(database, journal.user_id)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await journal.record(notes="still signed in")
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    assert len((await other.list()).moods) == 1


async def test_a_person_whose_key_is_destroyed_is_not_found(journal, data_keys):
    data_keys.erase(journal.user_id)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await journal.record(notes="words")
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


async def test_erasing_comes_again_when_the_database_was_away(journal, database, stream, monkeypatch):
    monkeypatch.setattr(events_module, "STALE_MS", 50)
    monkeypatch.setattr(events_module, "RETRY_SECONDS", 0.05)
    await journal.record()
    erase, failures = Moods.erase, [Unavailable("away")] * 2

    async def away_twice(self, user_id):
        if failures:
            raise failures.pop()
        return await erase(self, user_id)

    monkeypatch.setattr(Moods, "erase", away_twice)
    await stream.publish([erased(journal.user_id).SerializeToString()])
    await until_empty(database, journal.user_id)


async def test_an_erasure_that_names_nobody_blocks_nothing(journal, database, stream):
    await journal.record()
    await stream.publish([erased("nobody").SerializeToString(), erased(journal.user_id).SerializeToString()])
    await until_empty(database, journal.user_id)


async def test_recording_while_being_erased_leaves_nothing(journal, database, stream):
    async def record() -> None:
        try:
            await journal.record(notes="in the meantime")
        except grpc.aio.AioRpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND

    async with asyncio.TaskGroup() as group:
        for number in range(30):
            group.create_task(record())
            if number == 10:
                group.create_task(stream.publish([erased(journal.user_id).SerializeToString()]))
    await until_empty(database, journal.user_id)
    await record()
    await until_empty(database, journal.user_id)
