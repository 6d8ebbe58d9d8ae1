"""Events become rows: the same event always the same rows, ids as pseudonyms, nonsense refused."""

import json
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.insights.pseudonyms import Pseudonyms
from voicecbt.insights.rows import TABLES, ErasedRow, MoodRow, PerformanceRow, SessionRow, columns, values
from voicecbt.insights.translation import Translation
from voicecbt.kit.events import BadEvent
from voicecbt.stubs.events.v1 import events_pb2

pytestmark = pytest.mark.unit

PSEUDONYMS = Pseudonyms("a secret of these tests, long enough")
TRANSLATION = Translation(PSEUDONYMS)
PERSON, SESSION, MOOD = (str(uuid.uuid4()) for _ in range(3))
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


def event(**payload: object) -> events_pb2.Event:
    made = events_pb2.Event(event_id=str(uuid.uuid4()), user_id=PERSON, **payload)
    made.time.FromDatetime(NOW)
    return made


def mood_event(score: int = 5, felt: datetime = NOW, **more: object) -> events_pb2.Event:
    recorded = events_pb2.MoodRecorded(mood_id=MOOD, mood_score=score, **more)
    recorded.time.FromDatetime(felt)
    return event(mood_recorded=recorded)


def turn_event(**more: object) -> events_pb2.Event:
    return event(turn_committed=events_pb2.TurnCommitted(session_id=SESSION, turn_id=str(uuid.uuid4()), **more))


def test_a_turn_is_a_session_row_and_a_performance_row_for_each_stage():
    stages = [{"service": "emotion", "duration_ms": 80}, {"service": "rag", "duration_ms": 70, "failed": True}]
    rows = TRANSLATION.rows(turn_event(technique="grounding", response_time_ms=512, stages=stages)).rows
    turn, *performance = rows
    assert (turn.kind, turn.response_times, turn.therapeutic_outcome) == ("turn", (512,), "grounding")
    assert [(row.service_name, row.response_time, row.error_rate) for row in performance] == [
        ("emotion", 80, 0.0),
        ("rag", 70, 1.0),
    ]
    assert {row.event_id for row in performance}.isdisjoint({turn.event_id})


def test_a_mood_and_its_tombstone_share_their_key():
    felt = datetime(2026, 11, 1, tzinfo=UTC)
    [mood] = TRANSLATION.rows(mood_event(7, felt, sleep_quality=3, emotions={"joy": 0.5})).rows
    [tombstone] = TRANSLATION.rows(event(mood_deleted={"mood_id": MOOD})).rows
    assert (mood.user_id, mood.mood_id) == (tombstone.user_id, tombstone.mood_id)
    assert mood.version < tombstone.version and (mood.is_deleted, tombstone.is_deleted) == (0, 1)
    assert (mood.timestamp, mood.mood_score, mood.sleep_quality) == (felt, 7, 3)
    assert json.loads(mood.emotion_breakdown) == {"joy": 0.5}


def test_an_erasure_names_only_the_pseudonym():
    rows = TRANSLATION.rows(event(account_erased={}))
    assert rows.rows == (ErasedRow(PSEUDONYMS.of("user", PERSON), NOW),)


def test_the_same_event_gives_the_same_rows():
    for made in (mood_event(emotions={"joy": 0.5, "fear": 0.25}), turn_event(emotions={"fear": 1, "joy": 0})):
        assert TRANSLATION.rows(made) == TRANSLATION.rows(events_pb2.Event.FromString(made.SerializeToString()))


def test_an_event_of_a_later_version_is_none_of_our_business():
    assert TRANSLATION.rows(events_pb2.Event(event_id=str(uuid.uuid4()), user_id=PERSON)) is None


@pytest.mark.parametrize(
    "bad",
    [
        events_pb2.Event(event_id=str(uuid.uuid4()), user_id="nobody", account_erased={}),
        event(mood_deleted={"mood_id": "x"}),
        event(session_started={"session_id": ""}),
        mood_event(11),
        mood_event(5, sleep_quality=6),
        mood_event(5, datetime(1899, 12, 31, tzinfo=UTC)),
        mood_event(5, datetime(2300, 1, 1, tzinfo=UTC)),
        turn_event(emotions={"joy": float("nan")}),
        turn_event(emotions={"x" * 101: 0.5}),
        turn_event(technique="x" * 101),
        turn_event(stages=[{"service": "x" * 101}]),
        event(turn_rated={"session_id": SESSION, "turn_id": SESSION, "satisfaction": 6}),
    ],
)
def test_nonsense_is_refused_without_repeating_it(bad):
    with pytest.raises(BadEvent) as caught:
        TRANSLATION.rows(bad)
    assert "nobody" not in str(caught.value) and "xxx" not in str(caught.value)


@given(
    duration=st.integers(0, 2**32 - 1),
    turns=st.integers(0, 2**32 - 1),
    response=st.integers(0, 2**32 - 1),
)
def test_any_number_of_an_event_fits_its_column(duration, turns, response):
    ended = {"session_id": SESSION, "duration_seconds": duration, "turn_count": turns}
    [row] = TRANSLATION.rows(event(session_ended=ended)).rows
    assert row.session_duration == duration and row.interaction_count == min(turns, 65535)
    [turn] = TRANSLATION.rows(turn_event(response_time_ms=response)).rows
    assert turn.response_times == (min(response, 2**31 - 1),)


@pytest.mark.parametrize("row_type", [SessionRow, MoodRow, PerformanceRow, ErasedRow])
def test_values_are_in_the_order_of_the_columns(row_type):
    made = row_type(*range(len(columns(row_type))))
    assert values(made) == list(range(len(columns(row_type))))
    assert row_type in TABLES


@given(identifier=st.uuids())
def test_pseudonyms_are_stable_and_differ_by_kind_and_secret(identifier):
    written = str(identifier)
    assert PSEUDONYMS.of("user", written) == PSEUDONYMS.of("user", written.upper())
    others = {PSEUDONYMS.of("mood", written), Pseudonyms("another secret").of("user", written), identifier}
    assert PSEUDONYMS.of("user", written) not in others
