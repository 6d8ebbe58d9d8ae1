"""The service as it runs: real sockets, PostgreSQL and Redis; the other services are fakes of their contracts."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from uuid import UUID, uuid4

import grpc
import pytest
from redis.asyncio import Redis

from voicecbt.kit.events import FIELD, STREAM
from voicecbt.session.testing.service import SessionService
from voicecbt.stubs.events.v1.events_pb2 import Event
from voicecbt.stubs.rag.v1 import rag_pb2
from voicecbt.stubs.session.v1 import session_pb2 as pb
from voicecbt.stubs.session.v1.turn_pb2 import Turn

pytestmark = pytest.mark.integration

# Asked at its start, and not by a turn of it: the goals of the session are sealed before anybody talks.
OF_THE_CONVERSATION = {"StreamTranscribe", "GetProfile", "GetDataKey"}
Replicas = Callable[[], AbstractAsyncContextManager[SessionService]]


async def test_typed_turn_is_answered_and_kept(service: SessionService) -> None:
    person = uuid4()
    session_id = await service.start(person)
    talk = await service.talk(person, session_id)
    turn_id = await talk.say("I feel low")
    turn = (await talk.expect("turn_completed", turn_id)).turn_completed.turn
    assert turn.reply == "I hear you. That sounds hard. What happened then?"
    assert {"opened", "turn_started", "emotion", "safety", "reply_delta", "reply_audio"} <= set(talk.kinds())
    await talk.call.done_writing()
    assert await talk.ended() is grpc.StatusCode.OK

    stored = await service.stub.GetSession(
        pb.GetSessionRequest(session_id=session_id), metadata=service.metadata(person)
    )
    assert stored.turns[0] == turn
    assert stored.session.turn_count == 1
    assert dict(stored.session.emotion_summary) == {"sadness": 1}
    assert list(stored.session.therapeutic_goals) == ["sleep like a cat"]


async def test_spoken_turn_goes_through_every_service_in_one_trace(service: SessionService) -> None:
    person = uuid4()
    talk = await service.talk(person, await service.start(person), output=pb.AudioFormat(sample_rate_hz=16000))
    await talk.speak(800)
    await talk.speak(600, silence=True)
    started = await talk.expect("turn_started")
    turn = (await talk.expect("turn_completed")).turn_completed.turn
    assert turn.transcript == service.ports.recogniser.text
    assert len(service.ports.emotions.audio) == 800 * 32
    audio = [event.reply_audio for event in talk.events if event.WhichOneof("event") == "reply_audio"]
    assert {chunk.sample_rate_hz for chunk in audio} == {16000}
    of_turn = [call for call in service.calls if call.method not in OF_THE_CONVERSATION]
    methods = {"DetectEmotion", "AssessRisk", "Retrieve", "GetPersonContext", "GenerateReply", "Synthesize"}
    assert {call.method for call in of_turn} == methods
    trace_ids = {call.metadata["traceparent"].split("-")[1] for call in of_turn}
    assert trace_ids == {started.turn_started.traceparent.split("-")[1]}
    talk.call.cancel()


async def test_client_that_vanishes_mid_turn_finds_it_answered(service: SessionService) -> None:
    person = uuid4()
    session_id = await service.start(person)
    service.ports.responder.delay = 0.2
    talk = await service.talk(person, session_id)
    turn_id = await talk.say("I feel low")
    await talk.expect("reply_delta", turn_id)
    talk.call.cancel()
    back = await service.talk(person, session_id)
    again = await back.say("I feel low", turn_id)
    turn = (await back.expect("turn_completed", again)).turn_completed.turn
    assert turn.turn_id == str(turn_id)
    assert service.ports.responder.calls == 1
    assert await service.rows("SELECT count(*) FROM session.turns WHERE id = :id", id=turn_id) == [(1,)]
    back.call.cancel()


async def test_one_conversation_a_session_here_and_elsewhere(service: SessionService, replicas: Replicas) -> None:
    person = uuid4()
    session_id = await service.start(person)
    first = await service.talk(person, session_id)
    await first.expect("opened")
    second = await service.talk(person, session_id)
    await second.expect("opened")
    assert await first.ended() is grpc.StatusCode.ABORTED
    async with replicas() as elsewhere:
        third = await elsewhere.talk(person, session_id)
        await third.expect("opened")
        assert await second.ended() is grpc.StatusCode.ABORTED
        third.call.cancel()


async def test_same_turn_id_from_two_replicas_at_once_exists_once(service: SessionService, replicas: Replicas) -> None:
    person, turn_id = uuid4(), uuid4()
    session_id = await service.start(person)
    service.ports.responder.delay = 0.3
    async with replicas() as elsewhere:
        first = await service.talk(person, session_id)
        await first.say("I feel low", turn_id)
        await first.expect("turn_started", turn_id)
        second = await elsewhere.talk(person, session_id)
        await second.say("I feel low", turn_id)
        completed = (await second.expect("turn_completed", turn_id)).turn_completed.turn
        await first.ended()
        second.call.cancel()
        stored = await _settled(service, person, session_id, 1)
        assert stored[0].turn_id == completed.turn_id
        assert await service.rows("SELECT count(*) FROM session.turns WHERE id = :id", id=turn_id) == [(1,)]
        events = await _events(service, session_id)
        assert len([event for event in events if event == "turn_committed"]) <= 1


async def test_connection_killed_mid_commit_fails_the_turn_and_the_retry_is_kept(service: SessionService) -> None:
    person, turn_id = uuid4(), uuid4()
    session_id = await service.start(person)
    talk = await service.talk(person, session_id, text_only=True)
    await talk.expect("opened")
    # A trigger holds the commit open until its connection is terminated, as a failing database would.
    await service.rows(
        "CREATE FUNCTION session.stall() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(8); RETURN NEW; END $$"
    )
    await service.rows(
        "CREATE TRIGGER stall BEFORE INSERT ON session.turns FOR EACH ROW EXECUTE FUNCTION session.stall()"
    )
    await talk.say("I feel low", turn_id)
    await _terminate_the_stalled(service)
    failed = (await talk.expect("turn_failed", turn_id)).turn_failed
    assert failed.retryable
    assert await service.rows("SELECT count(*) FROM session.turns WHERE id = :id", id=turn_id) == [(0,)]
    await service.rows("DROP FUNCTION session.stall() CASCADE")
    await talk.say("I feel low", turn_id)
    await talk.expect("turn_completed", turn_id)
    assert await service.rows("SELECT count(*) FROM session.turns WHERE id = :id", id=turn_id) == [(1,)]
    talk.call.cancel()


async def test_private_columns_hold_no_plain_text(service: SessionService) -> None:
    person = uuid4()
    session_id = await service.start(person)
    talk = await service.talk(person, session_id)
    turn_id = await talk.say("my secret worry")
    await talk.expect("turn_completed", turn_id)
    talk.call.cancel()
    private = "user_input, ai_response, unheard_reply, emotion, safety"
    rows = await service.rows(f"SELECT {private} FROM session.turns WHERE id = :id", id=turn_id)
    goals = await service.rows("SELECT therapeutic_goals FROM session.sessions WHERE id = :id", id=UUID(session_id))
    sealed = b"".join(bytes(cell) for row in [*rows, *goals] for cell in row)
    for words in (b"secret", b"hear you", b"SADNESS", b"cat"):
        assert words not in sealed
    everything = await service.rows("SELECT turns::text FROM session.turns WHERE id = :id", id=turn_id)
    assert "secret" not in str(everything)
    events = await service.rows("SELECT payload FROM session.outbox")
    assert b"secret" not in b"".join(bytes(row[0]) for row in events)


async def test_somebody_elses_session_is_not_there(service: SessionService) -> None:
    owner, stranger = uuid4(), uuid4()
    session_id = await service.start(owner)
    talk = await service.talk(stranger, session_id)
    assert await talk.ended() is grpc.StatusCode.NOT_FOUND
    for call, request in [
        (service.stub.GetSession, pb.GetSessionRequest(session_id=session_id)),
        (service.stub.EndSession, pb.EndSessionRequest(session_id=session_id)),
        (service.stub.RateTurn, pb.RateTurnRequest(session_id=session_id, turn_id=str(uuid4()), satisfaction=3)),
    ]:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(request, metadata=service.metadata(stranger))
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    listed = await service.stub.ListSessions(pb.ListSessionsRequest(), metadata=service.metadata(stranger))
    assert not listed.sessions


async def test_protocol_errors_name_the_field_and_end_with_invalid_argument(service: SessionService) -> None:
    person = uuid4()
    talk = await service.talk(person, await service.start(person))
    await talk.expect("opened")
    await talk.send(audio=pb.AudioFrame(sequence=0, data=b"\x00" * 641))
    assert (await talk.expect("error")).error.field == "audio.data"
    assert await talk.ended() is grpc.StatusCode.INVALID_ARGUMENT

    unopened = service.stub.Converse(metadata=service.metadata(person), timeout=20)
    await unopened.write(pb.ConverseRequest(text=pb.TextInput(turn_id=str(uuid4()), text="hi")))
    assert (await unopened.read()).error.field == "open"
    assert await unopened.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_events_of_a_session_reach_the_stream(service: SessionService, redis_url: str) -> None:
    person = uuid4()
    session_id = await service.start(person)
    talk = await service.talk(person, session_id, text_only=True)
    turn_id = await talk.say("I feel low")
    await talk.expect("turn_completed", turn_id)
    talk.call.cancel()
    metadata = service.metadata(person)
    rating = pb.RateTurnRequest(session_id=session_id, turn_id=str(turn_id), satisfaction=5)
    await service.stub.RateTurn(rating, metadata=metadata)
    ended = await service.stub.EndSession(pb.EndSessionRequest(session_id=session_id), metadata=metadata)
    assert ended.session.HasField("duration")
    again = await service.stub.EndSession(pb.EndSessionRequest(session_id=session_id), metadata=metadata)
    assert again.session == ended.session

    events = await _published(redis_url, person, 4)
    kinds = [event.WhichOneof("payload") for event in events]
    assert kinds == ["session_started", "turn_committed", "turn_rated", "session_ended"]
    committed = events[1].turn_committed
    assert committed.emotions["sadness"] == 1.0
    assert {"rag", "emotion", "journal", "session"} <= {stage.service for stage in committed.stages}
    assert committed.risk_level == "none"
    rows = await service.rows(
        "SELECT outcome_metrics, status FROM session.sessions WHERE id = :id", id=UUID(session_id)
    )
    assert rows == [({"rated_turns": 1, "mean_satisfaction": 5.0}, "ended")]
    late = await service.talk(person, session_id)
    assert await late.ended() is grpc.StatusCode.FAILED_PRECONDITION


async def test_interruption_after_the_commit_changes_the_row(service: SessionService) -> None:
    person = uuid4()
    session_id = await service.start(person)
    talk = await service.talk(person, session_id)
    turn_id = await talk.say("I feel low")
    await talk.expect("turn_completed", turn_id)
    await talk.send(playback=pb.PlaybackProgress(turn_id=str(turn_id), sentence_index=0, sentence_finished=True))
    await talk.send(interrupt=pb.Interrupt())
    await talk.call.done_writing()
    await talk.ended()
    turn = (await _settled(service, person, session_id, 1))[0]
    assert (turn.reply, turn.unheard_reply) == ("I hear you.", "That sounds hard. What happened then?")
    assert turn.timings_ms.HasField("playback_started_ms")


async def test_idempotency_key_and_pages(service: SessionService) -> None:
    person = uuid4()
    metadata = service.metadata(person)
    ids = [await service.start(person, f"key {number}") for number in range(5)]
    assert await service.start(person, "key 0") == ids[0]
    same = await asyncio.gather(*(service.start(person, "at once") for _ in range(4)))
    assert len(set(same)) == 1
    listed: list[str] = []
    token = ""
    for _ in range(3):
        page = await service.stub.ListSessions(pb.ListSessionsRequest(page_size=2, page_token=token), metadata=metadata)
        listed += [session.session_id for session in page.sessions]
        token = page.next_page_token
    assert listed == [same[0], *reversed(ids)]
    assert not token
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.stub.ListSessions(pb.ListSessionsRequest(page_token="forged"), metadata=metadata)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_risk_that_the_reply_finds_is_kept_announced_and_known_to_the_next_turn(
    service: SessionService, redis_url: str
) -> None:
    person = uuid4()
    talk = await service.talk(person, await service.start(person), text_only=True)
    found = rag_pb2.RiskAssessment(level=rag_pb2.RISK_LEVEL_HIGH, kind=rag_pb2.RISK_KIND_SUICIDE)
    service.ports.risks.level_for_all = rag_pb2.RISK_LEVEL_ELEVATED
    service.ports.responder.risk = found
    turn_id = await talk.say("yes")
    turn = (await talk.expect("turn_completed", turn_id)).turn_completed.turn
    assert (turn.safety.level, turn.safety.kind) == (found.level, found.kind)
    assert await service.rows("SELECT safety_level FROM session.turns WHERE id = :id", id=turn_id) == [("high",)]
    announced = [event.turn_committed for event in await _published(redis_url, person, 2)]
    assert announced[-1].risk_level == "high"
    service.ports.responder.risk = None
    await talk.expect("turn_completed", await talk.say("I would rather not say"))
    assert service.ports.risks.known == found
    talk.call.cancel()


async def _settled(service: SessionService, person: UUID, session_id: str, turns: int) -> Sequence[Turn]:
    """The session's turns, once there are so many."""
    request = pb.GetSessionRequest(session_id=session_id)
    while True:
        response = await service.stub.GetSession(request, metadata=service.metadata(person))
        if len(response.turns) >= turns:
            return response.turns
        await asyncio.sleep(0.05)


async def _events(service: SessionService, session_id: str) -> list[str]:
    rows = await service.rows("SELECT payload FROM session.outbox")
    events = [Event.FromString(bytes(row[0])) for row in rows]
    return [event.WhichOneof("payload") or "" for event in events if session_id in str(event)]


async def _published(redis_url: str, person: UUID, count: int) -> list[Event]:
    """The person's events on the stream, once there are so many."""
    async with Redis.from_url(redis_url) as redis:
        while True:
            entries = await redis.xrange(STREAM)
            events = [Event.FromString(fields[FIELD]) for _, fields in entries]
            mine = [event for event in events if event.user_id == str(person)]
            if len(mine) >= count:
                return mine
            await asyncio.sleep(0.05)


async def _terminate_the_stalled(service: SessionService) -> None:
    while True:
        ended = await service.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE wait_event = 'PgSleep' AND datname = current_database()"
        )
        if ended:
            return
        await asyncio.sleep(0.05)
