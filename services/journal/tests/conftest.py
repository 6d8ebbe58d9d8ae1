"""A running journal on a real database and stream, with a small auth service for its data keys."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime

import grpc
import pytest

from voicecbt.journal.__main__ import compose
from voicecbt.journal.settings import Settings
from voicecbt.kit import events as events_module
from voicecbt.kit.database import Database
from voicecbt.kit.errors import NotFound
from voicecbt.kit.events import EventStream
from voicecbt.kit.migrate import upgrade
from voicecbt.kit.server import running
from voicecbt.kit.testing.keys import SERVICE_SECRET, FakeDataKeys, TokenMint
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.stubs.auth.v1 import auth_pb2, auth_pb2_grpc
from voicecbt.stubs.journal.v1 import journal_pb2, journal_pb2_grpc


class KeyService(auth_pb2_grpc.KeyServiceServicer):
    """Hands out data keys over gRPC as auth does."""

    def __init__(self, keys: FakeDataKeys) -> None:
        self._keys = keys

    async def GetDataKey(self, request, context):
        try:
            key = await self._keys.key_for(request.user_id)
        except NotFound:
            await context.abort(grpc.StatusCode.NOT_FOUND, "account not found")
        return auth_pb2.GetDataKeyResponse(key=key, version=1)


@pytest.fixture
async def auth_address(data_keys: FakeDataKeys) -> AsyncIterator[str]:
    server = grpc.aio.server()
    auth_pb2_grpc.add_KeyServiceServicer_to_server(KeyService(data_keys), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(None)


@pytest.fixture(scope="module")
def journal_database_url(postgres_url: str) -> str:
    """A database of this module's own, with the schema in it."""
    upgrade("journal", postgres_url)
    return postgres_url


@pytest.fixture
def stream_name(monkeypatch: pytest.MonkeyPatch) -> str:
    """A stream of this test's own, polled often."""
    name = f"test.{uuid.uuid4().hex}"
    monkeypatch.setattr(events_module, "STREAM", name)
    monkeypatch.setattr(events_module, "BLOCK_MS", 50)
    return name


@pytest.fixture
def settings(journal_database_url: str, redis_url: str, auth_address: str, stream_name: str) -> Settings:
    return Settings(
        database_url=journal_database_url,
        redis_url=redis_url,
        service_secret=SERVICE_SECRET,
        auth_address=auth_address,
        drain_seconds=1,
    )


@dataclass(frozen=True)
class JournalClient:
    """A client of the running journal, for one person."""

    stub: "journal_pb2_grpc.JournalServiceAsyncStub"
    mint: TokenMint
    user_id: str

    def as_(self, user_id: str) -> "JournalClient":
        """The same service seen by somebody else."""
        return replace(self, user_id=user_id)

    async def record(
        self, score: int = 5, key: str = "", time: datetime | None = None, **more: object
    ) -> journal_pb2.Mood:
        mood = journal_pb2.Mood(mood_score=score, **more)
        if time:
            mood.time.FromDatetime(time)
        request = journal_pb2.RecordMoodRequest(idempotency_key=key or uuid.uuid4().hex, mood=mood)
        return (await self.stub.RecordMood(request, metadata=self.mint.metadata(self.user_id))).mood

    async def list(self, **request: object) -> journal_pb2.ListMoodsResponse:
        asked = journal_pb2.ListMoodsRequest(**request)
        return await self.stub.ListMoods(asked, metadata=self.mint.metadata(self.user_id))

    async def delete(self, mood_id: str) -> None:
        request = journal_pb2.DeleteMoodRequest(mood_id=mood_id)
        await self.stub.DeleteMood(request, metadata=self.mint.metadata(self.user_id))

    async def context(self, user_id: str, acting_for: str = "") -> int:
        """As the session service asks."""
        token = ServiceTokens(SERVICE_SECRET).issue("session", acting_for)
        request = journal_pb2.GetPersonContextRequest(user_id=user_id)
        response = await self.stub.GetPersonContext(request, metadata=(("voicecbt-service-token", token),))
        return response.mood_score


@pytest.fixture
async def journal(settings: Settings, token_mint: TokenMint) -> AsyncIterator[JournalClient]:
    """The service, seen by somebody new."""
    async with (
        running("journal", settings, compose, token_mint) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        yield JournalClient(journal_pb2_grpc.JournalServiceStub(channel), token_mint, str(uuid.uuid4()))


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """To look behind the service."""
    connected = Database.connect(settings, "journal-test")
    yield connected
    await connected.close()


@pytest.fixture
async def stream(settings: Settings) -> AsyncIterator[EventStream]:
    connected = EventStream(settings.redis_url.get_secret_value())
    yield connected
    await connected.close()
