"""The ends of things, on real parts: draining, Redis away, an erased account, and the leases themselves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import grpc
import pytest

from voicecbt.kit.crypto import FieldCipher
from voicecbt.kit.database import Database
from voicecbt.kit.errors import NotFound
from voicecbt.kit.events import EventStream
from voicecbt.kit.settings import DatabaseSettings
from voicecbt.kit.testing.keys import FakeDataKeys, TokenMint
from voicecbt.session.adapters.redis_leases import RedisLeases
from voicecbt.session.domain import NewSession, SessionType
from voicecbt.session.ports import PortFailed, SessionMissing
from voicecbt.session.repository.sealing import Sealing
from voicecbt.session.repository.sessions import PostgresSessions
from voicecbt.session.repository.turns import PostgresTurns
from voicecbt.session.testing.service import SessionService, session_service
from voicecbt.session.turn.record import NewTurn
from voicecbt.stubs.events.v1.events_pb2 import AccountErased, Event
from voicecbt.stubs.rag.v1 import rag_pb2
from voicecbt.stubs.session.v1 import session_pb2 as pb
from voicecbt.stubs.session.v1.session_pb2_grpc import SessionServiceStub
from voicecbt.stubs.session.v1.turn_pb2 import Safety

pytestmark = pytest.mark.integration

Replicas = Callable[[], AbstractAsyncContextManager[SessionService]]
NOWHERE = "redis://127.0.0.1:1/0"
NOW = datetime.now(UTC)


@pytest.fixture
async def database(session_database: str) -> AsyncIterator[Database]:
    """The stores' way in."""
    connected = Database.connect(DatabaseSettings.model_validate({"database_url": session_database}), "session")
    yield connected
    await connected.close()


def a_turn(session_id: UUID) -> NewTurn:
    """Something harmless that was said in a session."""
    return NewTurn(
        turn_id=uuid4(),
        session_id=session_id,
        time=NOW,
        transcript="I feel low",
        language="en",
        emotion=None,
        safety=Safety(level=rag_pb2.RISK_LEVEL_NONE),
        reply="I hear you.",
        unheard_reply="",
        technique="supportive_listening",
        citations=(),
        protocol=rag_pb2.ProtocolState(),
        response_id="",
        knowledge_version="v1",
        timings={},
        degraded=(),
    )


async def test_draining_lets_the_live_turn_end_and_sends_the_client_elsewhere(replicas: Replicas) -> None:
    person = uuid4()
    async with AsyncExitStack() as ours:
        async with replicas() as service:
            channel = await ours.enter_async_context(grpc.aio.insecure_channel(service.address))
            session_id = await service.start(person)
            service.ports.responder.delay = 0.3
            talk = await service.talk(person, session_id, on=SessionServiceStub(channel))
            turn_id = await talk.say("I feel low")
            await talk.expect("turn_started", turn_id)
            ending = asyncio.create_task(talk.ended())
            rows = service.rows
        # Left: the service has drained and is gone.
        assert await ending is grpc.StatusCode.UNAVAILABLE
    assert "turn_completed" in talk.kinds()
    assert await rows("SELECT count(*) FROM session.turns WHERE id = :id", id=turn_id) == [(1,)]


async def test_without_redis_people_still_talk(session_database: str, token_mint: TokenMint) -> None:
    async with session_service(session_database, NOWHERE, token_mint) as service:
        person = uuid4()
        session_id = await service.start(person)
        first = await service.talk(person, session_id)
        await first.expect("opened")
        second = await service.talk(person, session_id)
        await second.expect("turn_completed", await second.say("hello"))
        assert await first.ended() is grpc.StatusCode.ABORTED
        second.call.cancel()


async def test_a_failing_service_degrades_the_turn_over_the_wire(service: SessionService) -> None:
    person = uuid4()
    talk = await service.talk(person, await service.start(person))
    service.ports.emotions.error = PortFailed("fake", "DOWN")
    service.ports.speaker.error = PortFailed("fake", "DOWN")
    turn = (await talk.expect("turn_completed", await talk.say("I feel low"))).turn_completed.turn
    assert set(turn.degraded) == {"emotion", "synthesis"}
    talk.call.cancel()


async def test_crisis_over_the_wire(service: SessionService) -> None:
    person = uuid4()
    talk = await service.talk(person, await service.start(person))
    turn = (await talk.expect("turn_completed", await talk.say("I am in danger"))).turn_completed.turn
    assert turn.technique == "safety_protocol"
    assert turn.safety.helplines[0].name == "Somebody"
    assert not turn.citations
    talk.call.cancel()


async def test_erased_people_leave_nothing(service: SessionService, redis_url: str) -> None:
    person, other = uuid4(), uuid4()
    session_id = await service.start(person)
    kept = await service.start(other)
    talk = await service.talk(person, session_id, text_only=True)
    await talk.expect("turn_completed", await talk.say("hello"))
    talk.call.cancel()
    erased = Event(event_id=uuid4().hex, user_id=str(person), account_erased=AccountErased())
    stream = EventStream(redis_url)
    await stream.publish([erased.SerializeToString()])
    await stream.close()
    await _gone(service, person)
    assert await service.rows("SELECT 1 FROM session.turns WHERE user_id = :person", person=person) == []
    metadata = service.metadata(other)
    assert await service.stub.GetSession(pb.GetSessionRequest(session_id=kept), metadata=metadata)
    asked = sum(call.method == "GetDataKey" for call in service.calls)
    for goals in ((), ("sleep",)):  # Their token still holds.
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await service.start(person, goals=goals)
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    await _gone(service, person)
    assert sum(call.method == "GetDataKey" for call in service.calls) == asked + 1, "the copy of their key was dropped"


async def test_nothing_is_written_beside_or_after_an_erasure(database: Database, data_keys: FakeDataKeys) -> None:
    sealing = Sealing(FieldCipher(data_keys))
    sessions, turns, person, now = PostgresSessions(database, sealing), PostgresTurns(database, sealing), uuid4(), NOW
    session = (await sessions.start(person, NewSession("first", SessionType.TEXT), now)).session
    starts = [sessions.start(person, NewSession(f"key {number}", SessionType.TEXT), now) for number in range(8)]
    await asyncio.gather(sessions.erase(person), *starts, return_exceptions=True)
    assert not (await sessions.page(person, 20, "")).sessions
    with pytest.raises(NotFound):
        await sessions.start(person, NewSession("first", SessionType.TEXT), now)
    with pytest.raises(SessionMissing):
        await turns.commit(person, a_turn(session.session_id))
    assert await sessions.erase(person) == 0, "once more changes nothing"


async def test_the_gravest_risk_of_a_session_is_recalled_however_long_ago(
    database: Database, data_keys: FakeDataKeys
) -> None:
    sealing = Sealing(FieldCipher(data_keys))
    sessions, turns, person = PostgresSessions(database, sealing), PostgresTurns(database, sealing), uuid4()
    session_id = (await sessions.start(person, NewSession("key", SessionType.TEXT), NOW)).session.session_id
    assert (await turns.recall(person, session_id, uuid4(), 2)).known_risk is None
    high_suicide = rag_pb2.RiskAssessment(level=rag_pb2.RISK_LEVEL_HIGH, kind=rag_pb2.RISK_KIND_SUICIDE)
    high_abuse = rag_pb2.RiskAssessment(level=rag_pb2.RISK_LEVEL_HIGH, kind=rag_pb2.RISK_KIND_ABUSE)
    none = rag_pb2.RiskAssessment(level=rag_pb2.RISK_LEVEL_NONE)
    for number, risk in enumerate([none, high_suicide, high_abuse, none, none]):
        safety = Safety(level=risk.level, kind=risk.kind)
        await turns.commit(person, replace(a_turn(session_id), transcript=str(number), safety=safety))
    recall = await turns.recall(person, session_id, uuid4(), 2)
    assert [past.transcript for past in recall.history] == ["3", "4"], "the risky ones are no history"
    assert recall.known_risk == high_suicide
    other = (await sessions.start(person, NewSession("other", SessionType.TEXT), NOW)).session.session_id
    assert (await turns.recall(person, other, uuid4(), 2)).known_risk is None


async def test_only_a_session_that_goes_on_can_be_touched(database: Database, data_keys: FakeDataKeys) -> None:
    sessions, person, now = PostgresSessions(database, Sealing(FieldCipher(data_keys))), uuid4(), NOW
    started = await sessions.start(person, NewSession("key", SessionType.TEXT), now)
    session_id = started.session.session_id
    assert await sessions.touch(person, session_id, now)
    assert not await sessions.touch(uuid4(), session_id, now)
    await sessions.end(person, session_id, now)
    assert not await sessions.touch(person, session_id, now)


async def test_leases_move_to_the_newest_claim(redis_url: str) -> None:
    here, there = RedisLeases(redis_url), RedisLeases(redis_url)
    session_id, first, second = uuid4(), uuid4(), uuid4()
    claims = there.claims()
    seen = asyncio.create_task(anext(claims))
    await here.claim(session_id, first)
    assert await here.keep(session_id, first)
    await there.claim(session_id, second)
    while not seen.done():  # The subscription takes a moment.
        await there.claim(session_id, second)
        await asyncio.sleep(0.05)
    assert await seen in [(session_id, first), (session_id, second)]
    await here.end(session_id)
    while (await anext(claims))[1] is not None:
        pass
    assert not await here.keep(session_id, first)
    await here.release(session_id, first)
    assert await there.keep(session_id, second), "only the holder can release"
    await there.release(session_id, second)
    assert await here.keep(session_id, first), "a key that is gone is taken again"
    await claims.aclose()
    await here.close()
    await there.close()


async def test_leases_say_when_redis_is_away() -> None:
    leases = RedisLeases(NOWHERE)
    with pytest.raises(PortFailed):
        await leases.claim(uuid4(), uuid4())
    with pytest.raises(PortFailed):
        await anext(leases.claims())
    await leases.close()


async def _gone(service: SessionService, person: UUID) -> None:
    """Returns once the person has no session any more."""
    while True:
        left = await service.rows("SELECT 1 FROM session.sessions WHERE user_id = :person", person=person)
        if not left:
            return
        await asyncio.sleep(0.05)
