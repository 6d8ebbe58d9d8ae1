"""From a domain event to rows. Pure: the same event always gives the same rows."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from voicecbt.insights.pseudonyms import Pseudonyms
from voicecbt.insights.rows import ErasedRow, MoodRow, PerformanceRow, Row, Rows, SessionRow
from voicecbt.kit.events import BadEvent
from voicecbt.stubs.events.v1 import events_pb2

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)  # What DateTime64 can hold.
LATEST = datetime(2299, 1, 1, tzinfo=UTC)
MAX_INT32, MAX_UINT16 = 2**31 - 1, 2**16 - 1
MAX_NAME = 100  # Names of services, techniques and emotions; anything longer is no name.


class Translation:
    """Knows what each kind of event becomes."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self._kinds: Mapping[str, Callable[[events_pb2.Event, UUID], tuple[Row, ...]]] = {
            "account_erased": self._account_erased,
            "session_started": self._session_started,
            "session_ended": self._session_ended,
            "turn_committed": self._turn_committed,
            "turn_rated": self._turn_rated,
            "mood_recorded": self._mood_recorded,
            "mood_deleted": self._mood_deleted,
        }

    def rows(self, event: events_pb2.Event) -> Rows | None:
        """The rows of an event; None for a kind that insights does not keep. Raises BadEvent."""
        translate = self._kinds.get(event.WhichOneof("payload") or "")
        if translate is None:
            return None
        user_id = self._pseudonym("user", event.user_id)
        return Rows(user_id, translate(event, user_id))

    def _account_erased(self, event: events_pb2.Event, user_id: UUID) -> tuple[Row, ...]:
        return (ErasedRow(user_id, _moment(event.time)),)

    def _session_started(self, event: events_pb2.Event, user_id: UUID) -> tuple[Row, ...]:
        session_id = self._pseudonym("session", event.session_started.session_id)
        return (SessionRow(_moment(event.time), user_id, session_id, "started", self._event_id(event)),)

    def _session_ended(self, event: events_pb2.Event, user_id: UUID) -> tuple[Row, ...]:
        ended = event.session_ended
        row = SessionRow(
            _moment(event.time),
            user_id,
            self._pseudonym("session", ended.session_id),
            "ended",
            self._event_id(event),
            session_duration=ended.duration_seconds,
            interaction_count=min(ended.turn_count, MAX_UINT16),
        )
        return (row,)

    def _turn_committed(self, event: events_pb2.Event, user_id: UUID) -> tuple[Row, ...]:
        turn = event.turn_committed
        row = SessionRow(
            _moment(event.time),
            user_id,
            self._pseudonym("session", turn.session_id),
            "turn",
            self._event_id(event),
            emotion_data=_json(turn.emotions),
            response_times=(min(turn.response_time_ms, MAX_INT32),),
            therapeutic_outcome=_name(turn.technique),
            interaction_count=1,
        )
        return (row, *self._stages(event))

    def _stages(self, event: events_pb2.Event) -> list[PerformanceRow]:
        event_id = self._pseudonym("performance", event.event_id)
        time = _moment(event.time)
        return [
            PerformanceRow(time, _name(stage.service), stage.duration_ms, float(stage.failed), event_id, position)
            for position, stage in enumerate(event.turn_committed.stages[:MAX_UINT16])
        ]

    def _turn_rated(self, event: events_pb2.Event, user_id: UUID) -> tuple[Row, ...]:
        rated = event.turn_rated
        row = SessionRow(
            _moment(event.time),
            user_id,
            self._pseudonym("session", rated.session_id),
            "rated",
            self._event_id(event),
            user_satisfaction=_score(rated.satisfaction, 5),
        )
        return (row,)

    def _mood_recorded(self, event: events_pb2.Event, user_id: UUID) -> tuple[Row, ...]:
        mood = event.mood_recorded
        row = MoodRow(
            _moment(mood.time),
            user_id,
            self._pseudonym("mood", mood.mood_id),
            mood_score=_score(mood.mood_score, 10),
            emotion_breakdown=_json(mood.emotions),
            environmental_factors=_json(mood.environmental_factors),
            sleep_quality=_score(mood.sleep_quality, 5),
            stress_level=_score(mood.stress_level, 5),
            energy_level=_score(mood.energy_level, 5),
        )
        return (row,)

    def _mood_deleted(self, event: events_pb2.Event, user_id: UUID) -> tuple[Row, ...]:
        mood_id = self._pseudonym("mood", event.mood_deleted.mood_id)
        return (MoodRow(_moment(event.time), user_id, mood_id, version=1, is_deleted=1),)

    def _event_id(self, event: events_pb2.Event) -> UUID:
        return self._pseudonym("event", event.event_id)

    def _pseudonym(self, kind: str, identifier: str) -> UUID:
        try:
            return self._pseudonyms.of(kind, identifier)
        except ValueError:
            raise BadEvent(f"the {kind} id is not a UUID") from None


def _moment(timestamp: Timestamp) -> datetime:
    try:
        time = timestamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadEvent("the time is out of range") from None
    if not EARLIEST <= time < LATEST:
        raise BadEvent("the time is out of range")
    return time


def _score(value: int, most: int) -> int:
    if value > most:
        raise BadEvent("a score is out of range")
    return value


def _name(value: str) -> str:
    if len(value) > MAX_NAME:
        raise BadEvent("a name is too long")
    return value


def _json(by_name: Mapping[str, float] | Mapping[str, str]) -> str:
    try:
        return json.dumps({_name(name): value for name, value in sorted(by_name.items())}, allow_nan=False)
    except ValueError:
        raise BadEvent("a number is not finite") from None
