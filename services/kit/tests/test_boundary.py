"""The boundary around real RPCs over a real socket: identity, access, validation, errors, health and draining."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from voicecbt.kit.callers import current_caller
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.errors import NotFound
from voicecbt.kit.server import Application, Registration, RunningServer, Runtime, running
from voicecbt.kit.settings import ServiceSettings
from voicecbt.kit.testing.keys import SERVICE_SECRET, TokenMint
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.stubs.journal.v1 import journal_pb2, journal_pb2_grpc

pytestmark = pytest.mark.integration

PERSON = str(uuid.uuid4())
HANGS = str(uuid.UUID(int=1))


class Journal(journal_pb2_grpc.JournalServiceServicer):
    """Answers with what the boundary told it."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.release = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def hang(self) -> None:
        self.entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def ListMoods(self, request, context):
        return journal_pb2.ListMoodsResponse(next_page_token=current_caller().user_id)

    async def RecordMood(self, request, context):
        self.entered.set()
        await self.release.wait()
        return journal_pb2.RecordMoodResponse()

    async def DeleteMood(self, request, context):
        if request.mood_id == str(uuid.UUID(int=0)):
            raise ValueError("what somebody said must not leak")
        raise NotFound("mood entry")

    async def GetPersonContext(self, request, context):
        assert current_caller().service == "session"
        if request.user_id == HANGS:
            await self.hang()
        return journal_pb2.GetPersonContextResponse(mood_score=7)


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
async def server(journal: Journal, token_mint: TokenMint) -> AsyncIterator[RunningServer]:
    @asynccontextmanager
    async def compose(settings: ServiceSettings, runtime: Runtime) -> AsyncIterator[Application]:
        name = "voicecbt.journal.v1.JournalService"
        yield Application([Registration(journal_pb2_grpc.add_JournalServiceServicer_to_server, journal, name)])

    settings = ServiceSettings(service_secret=SERVICE_SECRET, drain_seconds=5)
    async with running("journal", settings, compose, token_mint) as running_server:
        yield running_server


@pytest.fixture
async def stub(server: RunningServer) -> AsyncIterator[journal_pb2_grpc.JournalServiceStub]:
    async with grpc.aio.insecure_channel(server.address) as channel:
        yield journal_pb2_grpc.JournalServiceStub(channel)


async def refusal(call) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


def reason(error: grpc.aio.AioRpcError) -> str:
    status = rpc_status.from_call(error)
    info = error_details_pb2.ErrorInfo()
    assert status is not None and status.details[0].Unpack(info)
    return info.reason


async def test_the_handler_sees_the_verified_person(stub, token_mint):
    response = await stub.ListMoods(journal_pb2.ListMoodsRequest(), metadata=token_mint.metadata(PERSON))
    assert response.next_page_token == PERSON


async def test_without_a_token_nothing_is_served(stub):
    error = await refusal(stub.ListMoods(journal_pb2.ListMoodsRequest()))
    assert (error.code(), reason(error)) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING")


async def test_an_expired_token_says_that_it_expired(stub, token_mint):
    metadata = (("authorization", f"Bearer {token_mint.token(PERSON, lifetime_seconds=-60)}"),)
    error = await refusal(stub.ListMoods(journal_pb2.ListMoodsRequest(), metadata=metadata))
    assert (error.code(), reason(error)) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "forged"])
async def test_a_forged_token_is_refused(stub, token):
    forged = TokenMint().token(PERSON) if token == "forged" else token
    error = await refusal(
        stub.ListMoods(journal_pb2.ListMoodsRequest(), metadata=(("authorization", f"Bearer {forged}"),))
    )
    assert error.code() == grpc.StatusCode.UNAUTHENTICATED


async def test_a_role_that_is_not_listed_is_refused(stub, token_mint):
    metadata = token_mint.metadata(PERSON, roles=["clinician"])
    error = await refusal(stub.ListMoods(journal_pb2.ListMoodsRequest(), metadata=metadata))
    assert error.code() == grpc.StatusCode.PERMISSION_DENIED


async def test_a_person_may_not_call_what_is_for_services(stub, token_mint):
    request = journal_pb2.GetPersonContextRequest(user_id=PERSON)
    error = await refusal(stub.GetPersonContext(request, metadata=token_mint.metadata(PERSON)))
    assert error.code() == grpc.StatusCode.PERMISSION_DENIED


async def test_a_channel_of_the_factory_carries_the_service_identity(server):
    factory = ChannelFactory("session", ServiceTokens(SERVICE_SECRET), 1 << 20)
    stub = journal_pb2_grpc.JournalServiceStub(factory.channel(server.address))
    response = await stub.GetPersonContext(journal_pb2.GetPersonContextRequest(user_id=PERSON))
    await factory.close()
    assert response.mood_score == 7


async def test_each_broken_field_is_named(stub, token_mint):
    mood = journal_pb2.Mood(mood_score=11, notes="x" * 5001)
    request = journal_pb2.RecordMoodRequest(idempotency_key="", mood=mood)
    error = await refusal(stub.RecordMood(request, metadata=token_mint.metadata(PERSON)))
    status = rpc_status.from_call(error)
    detail = error_details_pb2.BadRequest()
    assert status is not None and status.details[0].Unpack(detail)
    named = {violation.field for violation in detail.field_violations}
    assert named == {"idempotency_key", "mood.mood_score", "mood.notes"}


async def test_a_platform_error_keeps_its_status_and_details(stub, token_mint):
    request = journal_pb2.DeleteMoodRequest(mood_id=PERSON)
    error = await refusal(stub.DeleteMood(request, metadata=token_mint.metadata(PERSON)))
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "mood entry not found")


async def test_an_unexpected_error_tells_nothing_of_its_message(stub, token_mint, capfd):
    request = journal_pb2.DeleteMoodRequest(mood_id=str(uuid.UUID(int=0)))
    error = await refusal(stub.DeleteMood(request, metadata=token_mint.metadata(PERSON)))
    assert error.code() == grpc.StatusCode.INTERNAL
    assert "what somebody said" not in (error.details() or "") + "".join(capfd.readouterr())


async def test_health_is_served_without_a_token(server):
    async with grpc.aio.insecure_channel(server.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        # The state is in another program's hands.
        while (await health.Check(health_pb2.HealthCheckRequest())).status != health_pb2.HealthCheckResponse.SERVING:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_health_can_be_watched(server):
    async with grpc.aio.insecure_channel(server.address) as channel:
        watching = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        async for answer in watching:
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                break
        watching.cancel()


async def test_an_rpc_in_flight_is_finished_when_the_server_drains(journal, token_mint):
    @asynccontextmanager
    async def compose(settings: ServiceSettings, runtime: Runtime) -> AsyncIterator[Application]:
        name = "voicecbt.journal.v1.JournalService"
        yield Application([Registration(journal_pb2_grpc.add_JournalServiceServicer_to_server, journal, name)])

    settings = ServiceSettings(service_secret=SERVICE_SECRET, drain_seconds=5)
    server = running("journal", settings, compose, token_mint)
    started = await server.__aenter__()
    async with grpc.aio.insecure_channel(started.address) as channel:
        mood = journal_pb2.Mood(mood_score=5)
        request = journal_pb2.RecordMoodRequest(idempotency_key="k", mood=mood)
        stub = journal_pb2_grpc.JournalServiceStub(channel)
        call = asyncio.ensure_future(stub.RecordMood(request, metadata=token_mint.metadata(PERSON)))
        await journal.entered.wait()
        stopping = asyncio.ensure_future(server.__aexit__(None, None, None))
        await started.runtime.draining.wait()
        journal.release.set()
        assert await call == journal_pb2.RecordMoodResponse()
        await stopping


async def test_a_cancelled_call_is_cancelled_at_the_server_too(server, journal):
    factory = ChannelFactory("session", ServiceTokens(SERVICE_SECRET), 1 << 20)
    stub = journal_pb2_grpc.JournalServiceStub(factory.channel(server.address))
    caller = asyncio.create_task(wait_for(stub.GetPersonContext(journal_pb2.GetPersonContextRequest(user_id=HANGS))))
    await journal.entered.wait()
    caller.cancel()
    async with asyncio.timeout(10):
        await journal.cancelled.wait()
    await factory.close()


async def wait_for(call):
    return await call
