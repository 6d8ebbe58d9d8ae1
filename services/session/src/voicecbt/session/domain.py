"""Sessions and turns as facts, and the rules about them that need nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import fmean
from uuid import UUID


class SessionStatus(StrEnum):
    """Whether more turns may come."""

    ACTIVE = "active"
    ENDED = "ended"


class SessionType(StrEnum):
    """How the person means to talk."""

    VOICE = "voice_therapy"
    TEXT = "text_therapy"


@dataclass(frozen=True, slots=True)
class NewSession:
    """What a person asks for when starting a session."""

    idempotency_key: str
    session_type: SessionType
    therapeutic_goals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting of one person. Times are aware and in UTC."""

    session_id: UUID
    user_id: UUID
    session_type: SessionType
    status: SessionStatus
    start_time: datetime
    end_time: datetime | None = None
    turn_count: int = 0
    # How often each emotion was primary, by its lower-case name.
    emotion_summary: Mapping[str, int] = field(default_factory=dict)
    therapeutic_goals: tuple[str, ...] = ()

    @property
    def duration(self) -> timedelta | None:
        """From start to end; None while the session is active."""
        return None if self.end_time is None else self.end_time - self.start_time


@dataclass(frozen=True, slots=True)
class StartedSession:
    """A session, and whether this very request made it."""

    session: Session
    created: bool


@dataclass(frozen=True, slots=True)
class SessionPage:
    """A page of sessions, newest first. `next_token` is empty on the last one."""

    sessions: tuple[Session, ...]
    next_token: str = ""


@dataclass(frozen=True, slots=True)
class IdleSession:
    """A session whose client has been silent for too long, and when it was last heard of."""

    session_id: UUID
    user_id: UUID
    last_activity_at: datetime


def with_emotion(summary: Mapping[str, int], emotion: str) -> dict[str, int]:
    """The emotion summary after one more turn; an empty `emotion` (abstained or missing) counts nowhere."""
    counted = dict(summary)
    if emotion:
        counted[emotion] = counted.get(emotion, 0) + 1
    return counted


def outcome_metrics(ratings: Iterable[int]) -> dict[str, float]:
    """What a finished session came to: how many turns were rated (1 to 5), and their mean."""
    rated = list(ratings)
    return {"rated_turns": len(rated)} | ({"mean_satisfaction": round(fmean(rated), 2)} if rated else {})
