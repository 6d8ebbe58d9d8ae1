"""A committed turn, and what later turns need to know of it.

What other services made (estimates, citations, protocol state) is carried as the message of their contract: the
session stores and forwards it, and has no rules about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from voicecbt.stubs.emotion.v1.emotion_pb2 import EmotionEstimate, EmotionLabel
from voicecbt.stubs.rag.v1.rag_pb2 import Citation, ProtocolState, RiskAssessment
from voicecbt.stubs.session.v1.turn_pb2 import Safety


@dataclass(frozen=True, slots=True)
class StageRun:
    """One stage of a turn, by the service that did the work."""

    service: str
    duration_ms: int
    failed: bool


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A turn that is ready to be committed; its index is given by the store."""

    turn_id: UUID
    session_id: UUID
    time: datetime
    transcript: str
    language: str
    emotion: EmotionEstimate | None
    safety: Safety
    reply: str
    unheard_reply: str
    technique: str
    citations: tuple[Citation, ...]
    protocol: ProtocolState
    response_id: str
    knowledge_version: str
    # By the names of `session.v1.TurnTimings`, in milliseconds from the end of speech.
    timings: Mapping[str, int]
    degraded: tuple[str, ...]
    stages: tuple[StageRun, ...] = ()
    # W3C trace context of the turn.
    traceparent: str = ""

    @property
    def response_time_ms(self) -> int:
        """End of speech to first reply audio, or to first text when none was spoken."""
        return self.timings.get("first_audio_ms", self.timings.get("first_text_ms", 0))

    @property
    def primary_emotion(self) -> str:
        """The lower-case name of the primary emotion; empty when it is missing or the estimate abstained."""
        return emotion_name(self.emotion)


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn as it was committed. `satisfaction` is 1 to 5, or 0 when not rated."""

    turn: NewTurn
    index: int
    satisfaction: int = 0
    # True for the very commit that stored it; False when it was found to be there already.
    ours: bool = False


@dataclass(frozen=True, slots=True)
class PastTurn:
    """What was said on both sides in an earlier turn of the session."""

    transcript: str
    reply: str
    technique: str
    response_id: str
    protocol: ProtocolState


@dataclass(frozen=True, slots=True)
class Recall:
    """What the store knows when a turn begins."""

    session_ended: bool
    # Set when this very turn was committed before.
    stored: StoredTurn | None = None
    # Oldest first.
    history: tuple[PastTurn, ...] = field(default=())
    # The highest risk of the whole session, however long ago; None when no turn had any.
    known_risk: RiskAssessment | None = None


def emotion_name(estimate: EmotionEstimate | None) -> str:
    """`EMOTION_LABEL_SADNESS` as `sadness`; empty when there is no estimate or it abstained."""
    if estimate is None or estimate.abstained:
        return ""
    return label_name(estimate.primary)


def label_name(label: EmotionLabel.ValueType) -> str:
    """The lower-case name of an emotion label."""
    return EmotionLabel.Name(label).removeprefix("EMOTION_LABEL_").lower()
