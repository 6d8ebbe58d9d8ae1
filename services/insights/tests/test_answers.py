"""What a person is told of their days, from events that went through a real stream into a real ClickHouse."""

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

pytestmark = pytest.mark.integration


@pytest.fixture
def noon() -> datetime:
    """Today's, in UTC."""
    return datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


async def test_moods_are_summed_up_by_day_oldest_first(insights, stream, theirs, noon):
    yesterday = noon - timedelta(days=1)
    await stream.publish(
        theirs.mood(4, yesterday, sleep_quality=2, stress_level=5, energy_level=1),
        theirs.mood(8, yesterday + timedelta(hours=3), sleep_quality=4),
        theirs.mood(9, noon - timedelta(days=3)),
    )
    await stream.settled()
    before, last = await insights.moods(days=7)
    assert (before.day, before.entries, before.mean_mood) == ((noon - timedelta(days=3)).date().isoformat(), 1, 9)
    assert (before.mean_sleep, before.mean_stress, before.mean_energy) == (0, 0, 0)
    assert (last.day, last.entries, last.mean_mood) == (yesterday.date().isoformat(), 2, 6)
    assert (last.lowest_mood, last.highest_mood) == (4, 8)
    assert (last.mean_sleep, last.mean_stress, last.mean_energy) == (3, 5, 1)


async def test_sessions_are_counted_on_the_day_they_began(insights, stream, theirs, noon):
    late = noon - timedelta(days=1) + timedelta(hours=11, minutes=59)
    over_midnight = theirs.session(2, 300, late)
    for event in over_midnight[2:]:
        event.time.FromDatetime(late + timedelta(minutes=5))
    await stream.publish(*theirs.session(3, 120, noon - timedelta(days=1)), *over_midnight)
    await stream.settled()
    [point] = await insights.sessions(days=3)
    assert (point.day, point.sessions, point.turns, point.total_seconds) == (late.date().isoformat(), 2, 5, 420)


async def test_a_session_that_is_open_counts_with_its_turns(insights, stream, theirs):
    started, turn, _ = theirs.session(1, 60)
    await stream.publish(started, turn)
    await stream.settled()
    [point] = await insights.sessions()
    assert (point.sessions, point.turns, point.total_seconds) == (1, 1, 0)


@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/New_York"])
async def test_days_are_those_of_the_asked_time_zone(insights, stream, theirs, timezone):
    zone = ZoneInfo(timezone)
    midnight = datetime.now(UTC).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    await stream.publish(
        theirs.mood(3, midnight - timedelta(milliseconds=1)),
        theirs.mood(7, midnight),
    )
    await stream.settled()
    before, today = await insights.moods(days=2, timezone=timezone)
    assert (before.day, before.mean_mood) == ((midnight - timedelta(hours=1)).date().isoformat(), 3)
    assert (today.day, today.mean_mood) == (midnight.date().isoformat(), 7)
    assert [point.day for point in await insights.moods(days=1, timezone=timezone)] == [today.day]


async def test_thirty_days_are_shown_unless_asked_otherwise(insights, stream, theirs, noon):
    await stream.publish(theirs.mood(1, noon - timedelta(days=30)), theirs.mood(2, noon - timedelta(days=29)))
    await stream.settled()
    assert [point.mean_mood for point in await insights.moods()] == [2]
    assert [point.mean_mood for point in await insights.moods(days=31)] == [1, 2]


async def test_nobody_sees_the_days_of_another(insights, stream, theirs):
    await stream.publish(theirs.mood(5))
    await stream.settled()
    other = insights.as_(str(uuid.uuid4()))
    assert await other.moods() == []
    assert len(await insights.moods()) == 1


@pytest.mark.parametrize(
    ("request_fields", "field"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "europe/berlin'; DROP TABLE mood_trends --"}, "timezone"),
        ({"timezone": "x" * 51}, "timezone"),
        ({"days": 367}, "days"),
    ],
)
async def test_a_bad_question_is_refused_by_field(insights, request_fields, field):
    for ask in (insights.moods, insights.sessions):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ask(**request_fields)
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        detail = error_details_pb2.BadRequest()
        assert rpc_status.from_call(caught.value).details[0].Unpack(detail)
        assert [violation.field for violation in detail.field_violations] == [field]


async def test_a_token_that_names_nobody_is_refused(insights):
    nobody = insights.as_("not-an-id")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await nobody.moods()
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED
