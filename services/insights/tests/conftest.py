"""A running insights service on the real embedded ClickHouse and a real stream, and hands on both of its sides."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from redis.asyncio import Redis

from voicecbt.insights.__main__ import compose
from voicecbt.insights.pseudonyms import Pseudonyms
from voicecbt.insights.settings import Settings
from voicecbt.insights.warehouse import Warehouse
from voicecbt.kit import events as events_module
from voicecbt.kit.events import EventStream
from voicecbt.kit.server import running
from voicecbt.kit.testing.keys import SERVICE_SECRET, TokenMint
from voicecbt.stubs.events.v1 import events_pb2
from voicecbt.stubs.insights.v1 import insights_pb2, insights_pb2_grpc

SECRET = "the pseudonym secret of the tests, 32+"
GROUP = "insights"


@pytest.fixture(scope="session")
def clickhouse_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded engine takes one folder in the life of a process; tests keep apart by using people of their own."""
    return tmp_path_factory.mktemp("clickhouse")


@pytest.fixture
def stream_name(monkeypatch: pytest.MonkeyPatch) -> str:
    """A stream of this test's own, polled often; a consumer that died is relieved at once."""
    name = f"test.{uuid.uuid4().hex}"
    monkeypatch.setattr(events_module, "STREAM", name)
    monkeypatch.setattr(events_module, "BLOCK_MS", 50)
    monkeypatch.setattr(events_module, "RETRY_SECONDS", 0.05)
    return name


@pytest.fixture
def settings(clickhouse_path: Path, redis_url: str) -> Settings:
    return Settings(
        clickhouse_path=clickhouse_path,
        redis_url=redis_url,
        service_secret=SERVICE_SECRET,
        pseudonym_secret=SECRET,
        drain_seconds=1,
    )


@dataclass(frozen=True)
class Stream:
    """The event stream as a publishing service sees it, and whether the consumers are done."""

    name: str
    stream: EventStream
    redis: Redis

    async def publish(self, *events: events_pb2.Event) -> None:
        await self.stream.publish([event.SerializeToString() for event in events])

    async def settled(self) -> None:
        """Returns when every event was delivered and acknowledged."""
        async with asyncio.timeout(30):
            while not await self._is_settled():  # noqa: ASYNC110 - the state is in Redis
                await asyncio.sleep(0.02)

    async def pending(self) -> int:
        """How many events were taken and not acknowledged."""
        return int((await self._group())["pending"])

    async def _is_settled(self) -> bool:
        group = await self._group()
        return group.get("lag") == 0 and group["pending"] == 0

    async def _group(self) -> Mapping[str, int]:
        groups = await self.redis.xinfo_groups(self.name) if await self.redis.exists(self.name) else []
        named = [group for group in groups if group["name"] == GROUP.encode()]
        return named[0] if named else {"lag": -1, "pending": -1}


@pytest.fixture
async def stream(stream_name: str, redis_url: str) -> AsyncIterator[Stream]:
    publisher, redis = EventStream(redis_url), Redis.from_url(redis_url)
    yield Stream(stream_name, publisher, redis)
    await redis.delete(stream_name)
    await redis.aclose()
    await publisher.close()


@dataclass(frozen=True)
class InsightsClient:
    """A client of the running service, for one person."""

    stub: "insights_pb2_grpc.InsightsServiceAsyncStub"
    mint: TokenMint
    user_id: str
    channel: grpc.aio.Channel

    def as_(self, user_id: str) -> "InsightsClient":
        """The same service seen by somebody else."""
        return replace(self, user_id=user_id)

    async def moods(self, **request: str | int) -> list[insights_pb2.MoodPoint]:
        asked = insights_pb2.GetMoodTrendRequest(**request)
        return list((await self.stub.GetMoodTrend(asked, metadata=self.mint.metadata(self.user_id))).points)

    async def sessions(self, **request: str | int) -> list[insights_pb2.SessionPoint]:
        asked = insights_pb2.GetSessionCountsRequest(**request)
        return list((await self.stub.GetSessionCounts(asked, metadata=self.mint.metadata(self.user_id))).points)


@pytest.fixture
def person() -> str:
    """Somebody new."""
    return str(uuid.uuid4())


InsightsOf = Callable[[str], AbstractAsyncContextManager[InsightsClient]]


@pytest.fixture
def insights_of(settings: Settings, stream: Stream, token_mint: TokenMint) -> InsightsOf:
    """Starts the service, for a test that decides itself when."""

    @asynccontextmanager
    async def start(user_id: str) -> AsyncIterator[InsightsClient]:
        async with (
            running("insights", settings, compose, token_mint) as server,
            grpc.aio.insecure_channel(server.address) as channel,
        ):
            stub = insights_pb2_grpc.InsightsServiceStub(channel)
            yield InsightsClient(stub, token_mint, user_id, channel)

    return start


@pytest.fixture
async def insights(insights_of: InsightsOf, person: str) -> AsyncIterator[InsightsClient]:
    async with insights_of(person) as client:
        yield client


@pytest.fixture
async def warehouse(settings: Settings) -> AsyncIterator[Warehouse]:
    """The same store as the service's, to look behind it."""
    opened = Warehouse.of(settings)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def pseudonyms() -> Pseudonyms:
    return Pseudonyms(SECRET)


@dataclass(frozen=True)
class EventsOf:
    """Makes one person's events, as their services would."""

    user_id: str

    def event(self, at: datetime | None = None, **payload: object) -> events_pb2.Event:
        made = events_pb2.Event(event_id=str(uuid.uuid4()), user_id=self.user_id, **payload)
        made.time.FromDatetime(at or datetime.now(UTC))
        return made

    def mood(self, score: int, at: datetime | None = None, mood_id: str = "", **more: object) -> events_pb2.Event:
        recorded = events_pb2.MoodRecorded(mood_id=mood_id or str(uuid.uuid4()), mood_score=score, **more)
        recorded.time.FromDatetime(at or datetime.now(UTC))
        return self.event(mood_recorded=recorded)

    def mood_deleted(self, mood_id: str) -> events_pb2.Event:
        return self.event(mood_deleted=events_pb2.MoodDeleted(mood_id=mood_id))

    def turn(self, session_id: str, at: datetime | None = None, **more: object) -> events_pb2.Event:
        turn = events_pb2.TurnCommitted(session_id=session_id, turn_id=str(uuid.uuid4()), **more)
        return self.event(at, turn_committed=turn)

    def session(self, turns: int, seconds: int, at: datetime | None = None) -> list[events_pb2.Event]:
        """All events of one session, in order."""
        session_id = str(uuid.uuid4())
        ended = events_pb2.SessionEnded(session_id=session_id, duration_seconds=seconds, turn_count=turns)
        return [
            self.event(at, session_started=events_pb2.SessionStarted(session_id=session_id)),
            *(self.turn(session_id, at) for _ in range(turns)),
            self.event(at, session_ended=ended),
        ]

    def erased(self) -> events_pb2.Event:
        return self.event(account_erased=events_pb2.AccountErased())


@pytest.fixture
def theirs(person: str) -> EventsOf:
    return EventsOf(person)
