"""A running session service on stores that are given, and a client of it: for integration tests and the bench."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import grpc
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from voicecbt.kit.server import running
from voicecbt.kit.testing.keys import SERVICE_SECRET, TokenMint
from voicecbt.session.__main__ import compose
from voicecbt.session.settings import Settings
from voicecbt.session.testing.ports import FakePorts
from voicecbt.session.testing.servers import SeenCall, other_services
from voicecbt.stubs.session.v1 import session_pb2 as pb
from voicecbt.stubs.session.v1 import session_pb2_grpc

if TYPE_CHECKING:
    from voicecbt.stubs.session.v1.session_pb2_grpc import SessionServiceAsyncStub

EVENT_SECONDS = 300.0
OTHERS = ("auth", "transcription", "emotion", "rag", "synthesis", "journal")
Metadata = tuple[tuple[str, str], ...]


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
        while (event := await self._read()) is not None:
            if event.WhichOneof("event") == kind and turn_id in (None, UUID(event.turn_id or uuid4().hex)):
                return event
        raise AssertionError(f"the conversation ended before {kind}: {await self.call.code()}")

    async def ended(self) -> grpc.StatusCode:
        """Reads to the end and gives the status."""
        try:
            while await self._read() is not None:
                pass
        except grpc.aio.AioRpcError as error:
            return error.code()
        return await self.call.code()

    async def _read(self) -> pb.ConverseResponse | None:
        event = await self.call.read()
        if not isinstance(event, pb.ConverseResponse):
            return None
        self.events.append(event)
        return event

    def kinds(self) -> list[str]:
        """What came, in order."""
        return [event.WhichOneof("event") or "" for event in self.events]


@dataclass(slots=True)
class SessionService:
    """A running service, and ways in, around and behind it."""

    address: str
    stub: "SessionServiceAsyncStub"
    ports: FakePorts
    calls: list[SeenCall]
    mint: TokenMint
    database_url: str

    def metadata(self, user_id: UUID) -> Metadata:
        """Signed in as that person."""
        return self.mint.metadata(str(user_id))

    async def start(self, user_id: UUID, key: str = "", goals: Sequence[str] = ("sleep like a cat",)) -> str:
        """A new session; its id."""
        request = pb.StartSessionRequest(idempotency_key=key or uuid4().hex, therapeutic_goals=goals)
        return (await self.stub.StartSession(request, metadata=self.metadata(user_id))).session.session_id

    async def talk(
        self, user_id: UUID, session_id: str, on: "SessionServiceAsyncStub | None" = None, **opening: object
    ) -> Talk:
        """A conversation whose `open` has been sent, over a stub of one's own when one is given."""
        talk = Talk((on or self.stub).Converse(metadata=self.metadata(user_id), timeout=EVENT_SECONDS))
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


@asynccontextmanager
async def session_service(database_url: str, redis_url: str, mint: TokenMint) -> AsyncIterator[SessionService]:
    """One replica, with all other services as fakes of its own. The schema must be there."""
    async with other_services() as others:
        settings = Settings.model_validate(
            {
                "service_secret": SERVICE_SECRET,
                "database_url": database_url,
                "redis_url": redis_url,
                "drain_seconds": 5,
                **{f"{name}_address": others.address for name in OTHERS},
            }
        )
        async with (
            running("session", settings, compose, mint) as server,
            grpc.aio.insecure_channel(server.address) as channel,
        ):
            stub = session_pb2_grpc.SessionServiceStub(channel)
            yield SessionService(server.address, stub, others.ports, others.watching.calls, mint, database_url)
