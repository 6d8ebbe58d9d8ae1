"""The profile, the end of a session and the trace of a turn, on real sockets and stores."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from uuid import UUID, uuid4

import grpc
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from redis.asyncio import Redis

from voicecbt.kit.events import FIELD, STREAM
from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.session.ports import PortFailed
from voicecbt.session.profile import Profile
from voicecbt.session.testing.servers import VOICE
from voicecbt.session.testing.service import SessionService
from voicecbt.stubs.events.v1.events_pb2 import Event, TurnCommitted
from voicecbt.stubs.session.v1 import session_pb2 as pb

pytestmark = pytest.mark.integration

Replicas = Callable[[], AbstractAsyncContextManager[SessionService]]
RECOGNITION = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_country_of_the_profile_chooses_the_helplines(service: SessionService) -> None:
    person = uuid4()
    service.ports.profiles.profile = Profile(country="GB", voice=VOICE)
    service.ports.responder.error = PortFailed("fake", "DOWN")
    talk = await service.talk(person, await service.start(person), language="en-US")
    turn = (await talk.expect("turn_completed", await talk.say("I am in danger"))).turn_completed.turn
    assert turn.safety.helplines[0].name == "Samaritans"
    assert service.ports.responder.requests[0].person.country == "GB"
    assert set(service.ports.speaker.voices) == {VOICE}
    asked = next(call for call in service.calls if call.method == "GetProfile")
    caller = ServiceTokens(SERVICE_SECRET).verify(asked.metadata["voicecbt-service-token"])
    assert (caller.service, caller.user_id) == ("session", str(person))
    talk.call.cancel()


async def test_row_and_event_hold_no_emotion_when_it_is_off(service: SessionService, redis_url: str) -> None:
    person = uuid4()
    service.ports.profiles.profile = Profile(emotion_off=True)
    session_id = await service.start(person)
    talk = await service.talk(person, session_id)
    await talk.speak(800)
    await talk.speak(600, silence=True)
    turn = (await talk.expect("turn_completed")).turn_completed.turn
    assert not turn.HasField("emotion")
    assert not turn.degraded
    assert "DetectEmotion" not in {call.method for call in service.calls}
    rows = await service.rows(
        "SELECT emotion, emotion_detected, confidence_score FROM session.turns WHERE id = :id", id=UUID(turn.turn_id)
    )
    assert rows == [(b"", "", None)]
    summaries = await service.rows("SELECT emotion_summary FROM session.sessions WHERE id = :id", id=UUID(session_id))
    assert summaries == [({},)]
    committed = await _committed(redis_url, turn.turn_id)
    assert not committed.emotions
    assert "emotion" not in {stage.service for stage in committed.stages}
    assert "emotion" not in talk.kinds()
    talk.call.cancel()


async def test_without_auths_answer_people_talk_and_it_is_recorded(service: SessionService) -> None:
    person = uuid4()
    service.ports.profiles.error = PortFailed("fake", "DOWN")
    talk = await service.talk(person, await service.start(person))
    turn = (await talk.expect("turn_completed", await talk.say("I feel low"))).turn_completed.turn
    assert list(turn.degraded) == ["profile"]
    assert not turn.HasField("emotion")
    talk.call.cancel()


async def test_end_session_closes_the_conversation_here_and_elsewhere(
    service: SessionService, replicas: Replicas
) -> None:
    person = uuid4()
    async with replicas() as elsewhere:
        for ended_at in (service, elsewhere):
            session_id = await service.start(person)
            talk = await service.talk(person, session_id)
            await talk.expect("turn_completed", await talk.say("hello"))
            request = pb.EndSessionRequest(session_id=session_id)
            await ended_at.stub.EndSession(request, metadata=service.metadata(person))
            assert await talk.ended() is grpc.StatusCode.OK


@pytest.mark.parametrize("recognition", ["", RECOGNITION], ids=["begins the trace", "continues that of recognition"])
async def test_first_turn_is_one_trace_with_one_root_and_asks_auth_for_the_key(
    service: SessionService, spans: InMemorySpanExporter, recognition: str
) -> None:
    person = uuid4()
    service.ports.recogniser.traceparent = recognition
    talk = await service.talk(person, await service.start(person, goals=()))
    await talk.speak(400)
    await talk.send(end_of_speech=pb.EndOfSpeech())
    started = (await talk.expect("turn_started")).turn_started
    await talk.call.done_writing()
    assert await talk.ended() is grpc.StatusCode.OK

    trace_id = started.traceparent.split("-")[1]
    assert trace_id in recognition or not recognition
    roots = _roots([span for span in spans.get_finished_spans() if _trace_id(span) == trace_id])
    assert [span.name for span in roots] == ["turn"]
    assert roots[0].parent is None or f"{roots[0].parent.span_id:016x}" in recognition
    asked = {call.method for call in service.calls if trace_id in call.metadata.get("traceparent", "")}
    assert asked == {
        *("DetectEmotion", "AssessRisk", "Retrieve", "GetPersonContext", "GenerateReply", "Synthesize", "GetDataKey")
    }


async def test_empty_texts_need_no_key_and_come_back(service: SessionService) -> None:
    person = uuid4()
    session_id = await service.start(person, goals=())
    metadata = service.metadata(person)
    found = await service.stub.GetSession(pb.GetSessionRequest(session_id=session_id), metadata=metadata)
    assert not found.session.therapeutic_goals
    assert "GetDataKey" not in {call.method for call in service.calls}


async def _committed(redis_url: str, turn_id: str) -> TurnCommitted:
    """The turn's event on the stream, once it is there."""
    async with Redis.from_url(redis_url) as redis:
        while True:
            events = [Event.FromString(fields[FIELD]) for _, fields in await redis.xrange(STREAM)]
            for event in events:
                if event.turn_committed.turn_id == turn_id:
                    return event.turn_committed
            await asyncio.sleep(0.05)


def _trace_id(span: ReadableSpan) -> str:
    return f"{span.get_span_context().trace_id:032x}"


def _roots(spans: Sequence[ReadableSpan]) -> list[ReadableSpan]:
    ids = {span.get_span_context().span_id for span in spans}
    return [span for span in spans if span.parent is None or span.parent.span_id not in ids]
