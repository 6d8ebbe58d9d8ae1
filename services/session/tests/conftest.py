"""A running session service on real PostgreSQL and Redis, with all other services as fakes on real sockets."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID, uuid4

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from voicecbt.kit.migrate import upgrade
from voicecbt.kit.server import running
from voicecbt.kit.telemetry import configure_tracing
from voicecbt.kit.testing.keys import SERVICE_SECRET, FakeDataKeys, TokenMint
from voicecbt.session.__main__ import compose
from voicecbt.session.settings import Settings
from voicecbt.session.testing.ports import FakePorts
from voicecbt.session.testing.servers import SeenCall, other_services
from voicecbt.stubs.session.v1 import session_pb2 as pb
from voicecbt.stubs.session.v1 import session_pb2_grpc

Stub = "session_pb2_grpc.SessionServiceAsyncStub"
Metadata = tuple[tuple[str, str], ...]
EVENT_SECONDS = 20


@dataclass(slots=True)
class Talk:
    """A conversation over a real stream."""

    call: "grpc.aio.StreamStreamCall[pb.ConverseRequest, pb.ConverseResponse]"
    events: list[pb.ConverseResponse] = field(default_factory=list)
    frames: int = 0

    async def send(self, **request: object) -> None:
        """One request, by the name of its field."""
        await self.call.write(pb.ConverseRequest(**request))  # type: ignore[arg-type]

    async def say(self, words: str, turn_id: UUID | None = None) -> UUID:
        """Types something."""
        turn_id = turn_id or uuid4()
        await self.send(text=pb.TextInput(turn_id=str(turn_id), text=words))
        return turn_id

    async def speak(self, milliseconds: int, *, silence: bool = False) -> None:
        """Audio, faster than anybody talks."""
        for _ in range(milliseconds // 20):
            data = (b"\x00\x00" if silence else b"\x10\x00") * 320
            await self.send(audio=pb.AudioFrame(sequence=self.frames, data=data))
            self.frames += 1

    async def expect(self, kind: str, turn_id: UUID | None = None) -> pb.ConverseResponse:
        """Reads on until such an event comes."""
        while True:
            event = await self.call.read()
            if event is grpc.aio.EOF:
                raise AssertionError(f"the conversation ended before {kind}: {await self.call.code()}")
            self.events.append(event)
            if event.WhichOneof("event") == kind and turn_id in (None, UUID(event.turn_id or uuid4().hex)):
                return event

    async def ended(self) -> grpc.StatusCode:
        """Reads to the end and gives the status."""
        try:
            while (event := await self.call.read()) is not grpc.aio.EOF:
                self.events.append(event)
        except grpc.aio.AioRpcError as error:
            return error.code()
        return await self.call.code()

    def kinds(self) -> list[str]:
        """What came, in order."""
        return [event.WhichOneof("event") or "" for event in self.events]


@dataclass(slots=True)
class SessionService:
    """A running service, and ways in, around and behind it."""

    stub: "session_pb2_grpc.SessionServiceAsyncStub"
    ports: FakePorts
    calls: list[SeenCall]
    mint: TokenMint
    database_url: str

    def metadata(self, user_id: UUID) -> Metadata:
        """Signed in as that person."""
        return self.mint.metadata(str(user_id))

    async def start(self, user_id: UUID, key: str = "") -> str:
        """A new session; its id."""
        request = pb.StartSessionRequest(idempotency_key=key or uuid4().hex, therapeutic_goals=["sleep like a cat"])
        return (await self.stub.StartSession(request, metadata=self.metadata(user_id))).session.session_id

    async def talk(self, user_id: UUID, session_id: str, **opening: object) -> Talk:
        """A conversation whose `open` has been sent."""
        talk = Talk(self.stub.Converse(metadata=self.metadata(user_id), timeout=EVENT_SECONDS))
        await talk.send(open=pb.Open(session_id=session_id, **opening))  # type: ignore[arg-type]
        return talk

    async def rows(self, statement: str, **parameters: object) -> list[tuple[object, ...]]:
        """What is really in the database, as its superuser sees it."""
        engine = create_async_engine(self.database_url)
        try:
            async with engine.begin() as connection:
                found = await connection.execute(text(statement), parameters)
                return [tuple(row) for row in found] if found.returns_rows else []
        finally:
            await engine.dispose()


@pytest.fixture(scope="session")
def tracing() -> None:
    """Spans are made, and go nowhere."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        configure_tracing("session", "")


@pytest.fixture(scope="module")
def session_database(postgres_url: str) -> str:
    """A database with the schema in it."""
    upgrade("session", postgres_url)
    return postgres_url


Services = Callable[[], AbstractAsyncContextManager[SessionService]]


@pytest.fixture
def replicas(session_database: str, redis_url: str, token_mint: TokenMint, data_keys: FakeDataKeys) -> Services:
    """Starts a further replica of the service on the same stores."""

    @asynccontextmanager
    async def start() -> AsyncIterator[SessionService]:
        async with other_services() as others:
            addresses = dict.fromkeys(["transcription", "emotion", "rag", "synthesis", "journal"], others.address)
            settings = Settings(
                service_secret=SERVICE_SECRET,
                database_url=session_database,
                redis_url=redis_url,
                drain_seconds=5,
                **{f"{name}_address": address for name, address in addresses.items()},
            )
            composed = partial(compose, data_keys=data_keys)
            async with (
                running("session", settings, composed, token_mint) as server,
                grpc.aio.insecure_channel(server.address) as channel,
            ):
                stub = session_pb2_grpc.SessionServiceStub(channel)
                yield SessionService(stub, others.ports, others.watching.calls, token_mint, session_database)

    return start


@pytest.fixture
async def service(replicas: Services, tracing: None) -> AsyncIterator[SessionService]:
    """One replica."""
    async with replicas() as started:
        yield started
