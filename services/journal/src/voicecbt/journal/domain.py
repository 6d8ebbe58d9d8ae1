"""What a mood entry is, and the rules about its time. Knows no store and no wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)  # Nobody alive felt anything before.
CLOCK_TOLERANCE = timedelta(minutes=5)  # Phones whose clock is ahead of ours.
CONTEXT_AGE = timedelta(hours=24)  # A mood older than a day says little of how somebody is now.
DEFAULT_PAGE_SIZE = 50


class BadTime(ValueError):
    """A time that no mood can have; the message says why and is fit for the person."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a person tells of a mood: `mood_score` 1 to 10, the last three 1 to 5 or None, emotions 0 to 1 by name."""

    mood_score: int
    emotions: Mapping[str, float]
    context: str
    notes: str
    environmental_factors: Mapping[str, str]
    sleep_quality: int | None = None
    stress_level: int | None = None
    energy_level: int | None = None


@dataclass(frozen=True, slots=True)
class Mood:
    """One entry. `time` is when the mood was felt, in UTC."""

    id: UUID
    user_id: UUID
    time: datetime
    details: Details


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: entries are ordered by time, then id, newest first."""

    time: datetime
    mood_id: UUID


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` (inclusive) to `end` (exclusive); None is open."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_backwards(self) -> bool:
        """Whether no entry could ever lie in it."""
        return self.start is not None and self.end is not None and self.end <= self.start


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first, and where the next page goes on; None at the end."""

    moods: tuple[Mood, ...]
    next: Position | None


def time_of_mood(told: datetime | None, now: datetime) -> datetime:
    """When the mood was felt: as told, or now. Raises BadTime when it is too far ahead or before 1900."""
    if told is None:
        return now
    if told > now + CLOCK_TOLERANCE:
        raise BadTime("must not be more than 5 minutes in the future")
    if told < EARLIEST:
        raise BadTime("must not be before the year 1900")
    return told
