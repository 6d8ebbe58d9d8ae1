"""Rows of the three tables, as plain values in the order of their columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One row of `session_analytics`; see schema/0001 for what each kind fills."""

    timestamp: datetime
    user_id: UUID
    session_id: UUID
    kind: str
    event_id: UUID
    emotion_data: str = ""
    response_times: tuple[int, ...] = ()
    user_satisfaction: int = 0
    therapeutic_outcome: str = ""
    session_duration: int = 0
    interaction_count: int = 0


@dataclass(frozen=True, slots=True)
class MoodRow:
    """One row of `mood_trends`: a mood, or the tombstone of one."""

    timestamp: datetime
    user_id: UUID
    mood_id: UUID
    mood_score: int = 0
    emotion_breakdown: str = ""
    environmental_factors: str = ""
    sleep_quality: int = 0
    stress_level: int = 0
    energy_level: int = 0
    version: int = 0
    is_deleted: int = 0


@dataclass(frozen=True, slots=True)
class PerformanceRow:
    """One row of `performance_metrics`; `response_time` in ms."""

    timestamp: datetime
    service_name: str
    response_time: int
    error_rate: float
    event_id: UUID
    stage: int
    throughput: int = 1
    resource_usage: str = "{}"


@dataclass(frozen=True, slots=True)
class ErasedRow:
    """One row of `erased_people`."""

    user_id: UUID
    erased_at: datetime


Row = SessionRow | MoodRow | PerformanceRow | ErasedRow

TABLES: dict[type[Row], str] = {
    SessionRow: "session_analytics",
    MoodRow: "mood_trends",
    PerformanceRow: "performance_metrics",
    ErasedRow: "erased_people",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """What one event becomes. `user_id` is the pseudonym of the person it is about."""

    user_id: UUID
    rows: tuple[Row, ...] = field(default=())


def columns(kind: type[Row]) -> list[str]:
    """The column names of a row type."""
    return [each.name for each in fields(kind)]


def values(row: Row) -> list[object]:
    """The values of a row, in the order of `columns`."""
    return list(_values(row))


def _values(row: Row) -> Iterator[object]:
    for each in fields(row):
        yield getattr(row, each.name)
