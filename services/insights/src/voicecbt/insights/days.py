"""What one day of a person looks like."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MoodDay:
    """The moods of one local day (ISO date). Scores 1 to 10; the last three means 1 to 5, 0 when nothing was told."""

    day: str
    entries: int
    mean_mood: float
    lowest_mood: int
    highest_mood: int
    mean_sleep: float
    mean_stress: float
    mean_energy: float


@dataclass(frozen=True, slots=True)
class SessionDay:
    """The sessions that began on one local day (ISO date). A session that goes on has no seconds yet."""

    day: str
    sessions: int
    turns: int
    total_seconds: int
