"""What is in the tables: pseudonyms and numbers, kept for as long as the settings say."""

import json
import uuid
from datetime import UTC, datetime

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from voicecbt.insights import schema_versions
from voicecbt.insights.periods import known_timezones
from voicecbt.insights.settings import Settings
from voicecbt.insights.warehouse import CannotOpen, Warehouse
from voicecbt.kit.errors import Unavailable
from voicecbt.stubs.events.v1 import events_pb2

pytestmark = pytest.mark.integration

STAGES = [
    events_pb2.StageTiming(service="transcription", duration_ms=310),
    events_pb2.StageTiming(service="rag", duration_ms=45),
    events_pb2.StageTiming(service="rag", duration_ms=52, failed=True),
]


async def test_a_turn_is_one_row_of_sessions_and_one_row_of_performance_for_each_stage(
    insights, stream, theirs, warehouse, pseudonyms
):
    session_id = str(uuid.uuid4())
    more = {"emotions": {"sadness": 0.75, "anger": 0.25}, "technique": "reframing", "response_time_ms": 640}
    turn = theirs.turn(session_id, stages=STAGES, **more)
    await stream.publish(turn, turn)
    await stream.settled()
    query = "SELECT * FROM session_analytics FINAL WHERE session_id = {id:UUID}"
    [row] = await warehouse.query(query, {"id": pseudonyms.of("session", session_id)})
    assert json.loads(row["emotion_data"]) == {"anger": 0.25, "sadness": 0.75}
    assert (row["response_times"], row["therapeutic_outcome"], row["interaction_count"]) == ([640], "reframing", 1)
    query = "SELECT * FROM performance_metrics FINAL WHERE event_id = {id:UUID} ORDER BY stage"
    rows = await warehouse.query(query, {"id": pseudonyms.of("performance", turn.event_id)})
    measured = [(row["service_name"], row["response_time"], row["error_rate"], row["throughput"]) for row in rows]
    assert measured == [("transcription", 310, 0, 1), ("rag", 45, 0, 1), ("rag", 52, 1, 1)]


async def test_a_rating_and_an_end_fill_their_own_columns(insights, stream, theirs, warehouse, pseudonyms):
    _, ended = theirs.session(0, 75)
    session_id = ended.session_ended.session_id
    rated = events_pb2.TurnRated(session_id=session_id, turn_id=str(uuid.uuid4()), satisfaction=4)
    await stream.publish(ended, theirs.event(turn_rated=rated))
    await stream.settled()
    query = "SELECT * FROM session_analytics FINAL WHERE session_id = {id:UUID} ORDER BY kind"
    end, rating = await warehouse.query(query, {"id": pseudonyms.of("session", session_id)})
    assert (end["kind"], end["session_duration"], end["user_satisfaction"]) == ("ended", 75, 0)
    assert (rating["kind"], rating["user_satisfaction"], rating["session_duration"]) == ("rated", 4, 0)


async def test_no_id_of_a_person_is_stored_as_it_is(insights, stream, theirs, warehouse):
    mood_id = str(uuid.uuid4())
    events = [theirs.mood(5, mood_id=mood_id), *theirs.session(1, 10)]
    await stream.publish(*events)
    await stream.settled()
    known = {theirs.user_id, mood_id, *(event.event_id for event in events)}
    known.add(events[1].session_started.session_id)
    for table in ("mood_trends", "session_analytics", "performance_metrics"):
        stored = str(await warehouse.query(f"SELECT * FROM {table}"))
        assert not [identifier for identifier in known if identifier in stored]


async def test_how_long_performance_is_kept_follows_the_setting(insights, warehouse):
    await schema_versions.upgrade(warehouse, 3)
    query = "SELECT engine_full FROM system.tables WHERE name = 'performance_metrics' AND database = currentDatabase()"
    [table] = await warehouse.query(query)
    assert "TTL toDateTime(timestamp) + toIntervalMonth(3)" in table["engine_full"]
    old = datetime(2020, 1, 1, tzinfo=UTC)
    columns = ["timestamp", "service_name", "event_id", "stage"]
    await warehouse.insert("performance_metrics", columns, [[old, "old service", uuid.uuid4(), 0]])
    await warehouse.command("OPTIMIZE TABLE performance_metrics FINAL")
    query = "SELECT count() AS n FROM performance_metrics WHERE service_name = 'old service'"
    assert await warehouse.query(query) == [{"n": 0}]


async def test_the_tables_are_made_once_and_again_without_harm(insights, warehouse):
    await schema_versions.upgrade(warehouse, 12)
    await schema_versions.upgrade(warehouse, 12)
    query = "SELECT version, name FROM schema_versions FINAL ORDER BY version"
    assert [row["version"] for row in await warehouse.query(query)] == [1, 2, 3, 4]


async def test_every_time_zone_that_is_accepted_is_known_to_clickhouse(warehouse):
    known = {row["time_zone"] for row in await warehouse.query("SELECT time_zone FROM system.time_zones")}
    assert known_timezones() <= known


async def test_a_refused_statement_is_unavailable_and_says_nothing_of_its_values(warehouse):
    with pytest.raises(Unavailable) as caught:
        await warehouse.query("SELECT no_such_column, {said:String}", {"said": "what somebody said"})
    assert "said" not in caught.value.message


async def test_a_server_that_is_not_there_is_named_at_start(settings):
    url = "clickhouse://user:hunter2@127.0.0.1:1/voicecbt"
    away = Warehouse.of(Settings(**{**settings.model_dump(), "clickhouse_url": url}))
    with pytest.raises(CannotOpen) as caught:
        await away.open()
    assert "clickhouse_url" in str(caught.value) and "hunter2" not in str(caught.value)
    await away.close()


async def test_health_is_serving_once_the_tables_can_be_read(insights):
    health = health_pb2_grpc.HealthStub(insights.channel)
    watching = health.Watch(health_pb2.HealthCheckRequest(service="voicecbt.insights.v1.InsightsService"))
    async for answer in watching:
        if answer.status == health_pb2.HealthCheckResponse.SERVING:
            watching.cancel()
            break


async def test_statements_run_within_the_limits_of_the_settings(settings):
    small = Warehouse.of(settings.model_copy(update={"clickhouse_memory_mb": 64}))
    await small.open()
    query = "SELECT toUInt64(getSetting('max_memory_usage')) AS bytes, toUInt64(getSetting('max_threads')) AS threads"
    assert await small.query(query) == [{"bytes": 64 << 20, "threads": 1}]
    with pytest.raises(Unavailable):
        await small.query("SELECT groupArray(number) FROM numbers(100000000)")
    assert await small.query("SELECT 1 AS one") == [{"one": 1}]
    await small.close()


async def test_a_closed_store_is_unavailable(settings):
    closed = Warehouse.of(settings)
    with pytest.raises(Unavailable):
        await closed.query("SELECT 1")
    await closed.close()
