"""Events come at least once, in any order, and to consumers that die: the numbers stay right."""

import asyncio
import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from voicecbt.insights.__main__ import compose
from voicecbt.insights.repository import InsightsRepository
from voicecbt.kit import events as events_module
from voicecbt.kit.errors import Unavailable
from voicecbt.kit.server import running
from voicecbt.stubs.events.v1 import events_pb2

pytestmark = pytest.mark.integration


async def test_repeated_and_shuffled_events_count_once(insights, stream, theirs):
    events = [*theirs.session(4, 200), theirs.mood(3), theirs.mood(9)]
    delivered = events * 3
    random.Random(7).shuffle(delivered)
    await stream.publish(*delivered)
    await stream.publish(*events)
    await stream.settled()
    [sessions] = await insights.sessions()
    assert (sessions.sessions, sessions.turns, sessions.total_seconds) == (1, 4, 200)
    [moods] = await insights.moods()
    assert (moods.entries, moods.mean_mood) == (2, 6)


@pytest.mark.parametrize("deletion_first", [True, False])
async def test_a_deleted_mood_is_gone_whichever_comes_first(insights, stream, theirs, deletion_first):
    mood_id = str(uuid.uuid4())
    pair = [theirs.mood(1, mood_id=mood_id), theirs.mood_deleted(mood_id)]
    for event in reversed(pair) if deletion_first else pair:
        await stream.publish(event)
        await stream.settled()
    await stream.publish(*pair[:1], theirs.mood(6))
    await stream.settled()
    [day] = await insights.moods()
    assert (day.entries, day.mean_mood) == (1, 6)


async def test_somebody_elses_deletion_deletes_nothing(insights, stream, theirs):
    mood_id = str(uuid.uuid4())
    stranger = type(theirs)(str(uuid.uuid4()))
    await stream.publish(theirs.mood(5, mood_id=mood_id), stranger.mood_deleted(mood_id))
    await stream.settled()
    assert len(await insights.moods()) == 1


@pytest.mark.parametrize("erased_first", [True, False])
async def test_an_erased_person_leaves_nothing_and_does_not_come_back(
    insights, stream, theirs, warehouse, pseudonyms, erased_first
):
    traces = [theirs.mood(5), *theirs.session(2, 60)]
    await stream.publish(*([theirs.erased(), *traces] if erased_first else [*traces, theirs.erased()]))
    await stream.settled()
    await stream.publish(*traces, theirs.erased())
    await stream.settled()
    assert await insights.moods() == [] and await insights.sessions() == []
    for table in ("mood_trends", "session_analytics"):
        query = f"SELECT count() AS n FROM {table} WHERE user_id = {{user_id:UUID}}"
        assert await warehouse.query(query, {"user_id": pseudonyms.of("user", theirs.user_id)}) == [{"n": 0}]


async def test_erasing_one_person_leaves_the_others(insights, stream, theirs):
    stranger = type(theirs)(str(uuid.uuid4()))
    await stream.publish(theirs.mood(5), stranger.mood(4), stranger.erased())
    await stream.settled()
    assert len(await insights.moods()) == 1


async def test_a_consumer_killed_between_storing_and_acknowledging(
    settings, stream, theirs, token_mint, person, insights_of, monkeypatch
):
    monkeypatch.setattr(events_module, "STALE_MS", 50)
    stored = asyncio.Event()
    store = InsightsRepository.store

    async def store_and_hang(self, batch):
        await store(self, batch)
        stored.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(InsightsRepository, "store", store_and_hang)
    async with running("insights", settings, compose, token_mint):
        await stream.publish(theirs.mood(4))
        async with asyncio.timeout(30):
            await stored.wait()
    assert await stream.pending() == 1

    monkeypatch.setattr(InsightsRepository, "store", store)
    async with insights_of(person) as insights:
        await stream.settled()
        [day] = await insights.moods()
    assert day.entries == 1


async def test_what_could_not_be_stored_comes_again(insights, stream, theirs, monkeypatch):
    monkeypatch.setattr(events_module, "STALE_MS", 50)
    store, failures = InsightsRepository.store, [Unavailable("away")] * 2

    async def fail_twice(self, batch):
        if failures:
            raise failures.pop()
        await store(self, batch)

    monkeypatch.setattr(InsightsRepository, "store", fail_twice)
    await stream.publish(theirs.mood(2), theirs.mood(4))
    await stream.settled()
    [day] = await insights.moods()
    assert (day.entries, failures) == (2, [])


async def test_events_that_can_never_be_stored_do_not_block_the_others(insights, stream, theirs):
    nobody = type(theirs)("not a uuid")
    ancient = theirs.mood(5, datetime(1800, 1, 1, tzinfo=UTC))
    nan = theirs.turn(str(uuid.uuid4()), emotions={"joy": float("nan")})
    unknown = events_pb2.Event(event_id=str(uuid.uuid4()), user_id=theirs.user_id)
    await stream.publish(nobody.mood(5), ancient, nan, theirs.mood(99), unknown, theirs.mood(7))
    await stream.settled()
    assert [day.mean_mood for day in await insights.moods()] == [7]


async def test_many_events_at_once_all_arrive(insights, stream, theirs, redis_url):
    start = datetime.now(UTC) - timedelta(days=10)
    await stream.publish(*(theirs.mood(1 + n % 10, start + timedelta(minutes=n)) for n in range(600)))
    await stream.settled()
    async with Redis.from_url(redis_url) as redis:
        assert await redis.xlen(stream.name) == 600
    assert sum(day.entries for day in await insights.moods()) == 600
