"""The nouns of the service. Imports nothing of ours; every value is immutable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class RiskLevel(IntEnum):
    """How urgent; the numbers are those of the contract, so that levels compare."""

    NONE = 1
    ELEVATED = 2
    HIGH = 3
    IMMINENT = 4


class RiskKind(IntEnum):
    """What kind of danger; the numbers are those of the contract."""

    UNSPECIFIED = 0
    SUICIDE = 1
    SELF_HARM = 2
    HARM_TO_OTHERS = 3
    ABUSE = 4
    PSYCHOSIS = 5
    MEDICAL = 6
    INTOXICATION = 7
    CHILD_IN_DANGER = 8


@dataclass(frozen=True, slots=True)
class RiskCue:
    """One rule that saw something; it never carries the words."""

    rule_id: str
    kind: RiskKind
    level: RiskLevel


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    """The outcome for one message; `kind` is that of the gravest cue."""

    level: RiskLevel
    kind: RiskKind
    cues: tuple[RiskCue, ...]
    bypass_generation: bool
    policy_version: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved piece of an article; `score` is the blended one, 0 to 1."""

    document_id: str
    title: str
    category: str
    technique: str
    text: str
    score: float
    sources: tuple[str, ...] = ()


class Emotion(StrEnum):
    """The platform's emotion set, in the spelling of the knowledge content."""

    NEUTRAL = "neutral"
    CALM = "calm"
    JOY = "joy"
    SADNESS = "sadness"
    ANGER = "anger"
    FEAR = "fear"
    ANXIETY = "anxiety"
    DISGUST = "disgust"
    SURPRISE = "surprise"
    SHAME = "shame"
    HOPELESSNESS = "hopelessness"


class Severity(StrEnum):
    """How strong a difficult emotion is."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


@dataclass(frozen=True, slots=True)
class Feeling:
    """What was heard of the person's emotion; `emotion` is None when nothing could be said."""

    emotion: Emotion | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing said before; `response_id` names the vetted response that worded it."""

    by_person: bool
    text: str
    technique: str = ""
    response_id: str = ""


@dataclass(frozen=True, slots=True)
class ProtocolPosition:
    """Where a conversation stands in its CBT protocol; both empty before the first reply."""

    protocol_id: str = ""
    state_id: str = ""


@dataclass(frozen=True, slots=True)
class Helpline:
    """Human help, as people reach it."""

    name: str
    phone: str = ""
    text: str = ""
    url: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """An article that a reply really used."""

    document_id: str
    title: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """Everything a generator may look at for one reply."""

    text: str
    risk: RiskAssessment
    history: tuple[Utterance, ...] = ()
    feeling: Feeling = Feeling()
    passages: tuple[Passage, ...] = ()
    protocol: ProtocolPosition = ProtocolPosition()
    mood_score: int = 0
    country: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply; `generator` is `composer`, `llm` or `safety`. `risk` is what it found beyond the assessed one."""

    text: str
    technique: str
    generator: str
    response_id: str
    knowledge_version: str
    citations: tuple[Citation, ...] = ()
    helplines: tuple[Helpline, ...] = ()
    protocol: ProtocolPosition = ProtocolPosition()
    risk: RiskAssessment | None = None


class KnowledgeState(IntEnum):
    """The life of a knowledge version; the numbers are those of the contract."""

    BUILDING = 1
    READY = 2
    ACTIVE = 3
    FAILED = 4


@dataclass(frozen=True, slots=True)
class KnowledgeVersion:
    """One built state of the content. `built_at` is UTC seconds since the epoch, `recall_at_5` 0 to 1."""

    version: str
    state: KnowledgeState
    articles: int
    responses: int
    embedding_model: str
    built_at: float
    recall_at_5: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """One step of a build; `version` is set in the last one."""

    stage: str
    done: int
    total: int
    version: KnowledgeVersion | None = None
