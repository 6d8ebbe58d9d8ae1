"""What answers look like, for the OpenAPI document: real messages, so that they always fit the schema."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from voicecbt.stubs.auth.v1 import auth_pb2
from voicecbt.stubs.insights.v1 import insights_pb2
from voicecbt.stubs.journal.v1 import journal_pb2
from voicecbt.stubs.session.v1 import session_pb2, turn_pb2
from voicecbt.stubs.transcription.v1 import transcription_pb2

ID = "5f0c3b52-3f0b-4f43-9d5c-0a3f0c8f6a11"


def _time(hour: int) -> Timestamp:
    time = Timestamp()
    time.FromDatetime(datetime(2026, 5, 4, hour, 30, tzinfo=UTC))
    return time


PROFILE = auth_pb2.Profile(
    user_id=ID,
    email="robin@example.org",
    username="robin",
    timezone="Europe/Berlin",
    country="DE",
    preferences=auth_pb2.Preferences(language="en", patience=auth_pb2.PATIENCE_NORMAL),
    created_at=_time(8),
)
TOKENS = auth_pb2.Tokens(
    access_token="eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl",  # noqa: S106 - made up
    refresh_token="opaque",  # noqa: S106 - made up
    access_expires_at=_time(9),
    refresh_expires_at=_time(20),
)
SESSION = session_pb2.Session(
    session_id=ID,
    status=session_pb2.SESSION_STATUS_ACTIVE,
    session_type=session_pb2.SESSION_TYPE_VOICE,
    start_time=_time(9),
    turn_count=1,
)
TURN = turn_pb2.Turn(
    turn_id=ID,
    time=_time(9),
    transcript="I keep worrying about tomorrow.",
    language="en",
    reply="That sounds tiring. What do you picture happening tomorrow?",
    technique="socratic_questioning",
)
MOOD = journal_pb2.Mood(
    mood_id=ID,
    time=_time(9),
    mood_score=6,
    emotions={"joy": 0.5},
    context="work",
    notes="Slept better.",
    sleep_quality=4,
)
MOOD_POINT = insights_pb2.MoodPoint(day="2026-05-04", entries=2, mean_mood=6.5, lowest_mood=6, highest_mood=7)
SESSION_POINT = insights_pb2.SessionPoint(day="2026-05-04", sessions=1, turns=8, total_seconds=640)
TRANSCRIPT = transcription_pb2.TranscribeResponse(
    text="I keep worrying about tomorrow.",
    language="en",
    language_probability=0.99,
    duration_ms=3200,
    speech_ms=2700,
    confidence=0.93,
    model_version="whisper-base",
)
