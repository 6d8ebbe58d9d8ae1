"""The whole way: a mood told to the journal, its outbox, the stream, ClickHouse, and the person's chart."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import grpc
import pytest

from voicecbt.journal.__main__ import compose as compose_journal
from voicecbt.journal.settings import Settings as JournalSettings
from voicecbt.kit.migrate import upgrade
from voicecbt.kit.server import running
from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.stubs.auth.v1 import auth_pb2, auth_pb2_grpc
from voicecbt.stubs.journal.v1 import journal_pb2, journal_pb2_grpc

pytestmark = pytest.mark.integration


class KeyService(auth_pb2_grpc.KeyServiceServicer):
    """Data keys over gRPC, as auth hands them out."""

    def __init__(self, keys) -> None:
        self._keys = keys

    async def GetDataKey(self, request, context):
        return auth_pb2.GetDataKeyResponse(key=await self._keys.key_for(request.user_id), version=1)


@pytest.fixture
async def auth_address(data_keys) -> AsyncIterator[str]:
    server = grpc.aio.server()
    auth_pb2_grpc.add_KeyServiceServicer_to_server(KeyService(data_keys), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(None)


@pytest.fixture
async def journal(postgres_url, redis_url, auth_address, stream, token_mint):
    await asyncio.to_thread(upgrade, "journal", postgres_url)
    settings = JournalSettings(
        database_url=postgres_url,
        redis_url=redis_url,
        service_secret=SERVICE_SECRET,
        auth_address=auth_address,
        drain_seconds=1,
    )
    async with (
        running("journal", settings, compose_journal, token_mint) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        yield journal_pb2_grpc.JournalServiceStub(channel)


async def entries(insights, expected: int) -> None:
    """Returns when the chart shows that many entries."""
    async with asyncio.timeout(30):
        while sum(day.entries for day in await insights.moods()) != expected:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_mood_reaches_the_chart_and_leaves_it_when_it_is_deleted(journal, insights, stream, warehouse):
    metadata = insights.mint.metadata(insights.user_id)
    moods = []
    for score in (2, 8):
        mood = journal_pb2.Mood(
            mood_score=score, emotions={"joy": 0.5}, notes="nobody else reads this", sleep_quality=3
        )
        request = journal_pb2.RecordMoodRequest(idempotency_key=uuid.uuid4().hex, mood=mood)
        moods.append((await journal.RecordMood(request, metadata=metadata)).mood)
    await entries(insights, 2)
    [day] = await insights.moods()
    assert (day.mean_mood, day.lowest_mood, day.highest_mood, day.mean_sleep) == (5, 2, 8, 3)
    assert "nobody else" not in str(await warehouse.query("SELECT * FROM mood_trends"))

    await journal.DeleteMood(journal_pb2.DeleteMoodRequest(mood_id=moods[0].mood_id), metadata=metadata)
    await entries(insights, 1)
    [day] = await insights.moods()
    assert day.mean_mood == 8
