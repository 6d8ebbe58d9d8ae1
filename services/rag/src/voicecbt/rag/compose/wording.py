"""The vetted wording that ships with the service, typed."""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from voicecbt.rag.domain import Emotion, RiskKind, RiskLevel


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IntentWording(_Strict):
    """A kind of small talk: how it is recognised and what may be answered."""

    id: str
    max_words: int = Field(gt=0)
    patterns: tuple[str, ...]
    texts: tuple[str, ...] = Field(min_length=2)

    def matches(self, plain: str) -> bool:
        """Whether the normalised text is this."""
        return any(re.match(pattern, plain) for pattern in self.patterns)


class FallbackWording(_Strict):
    """What is said where nothing better can be."""

    neutral: tuple[str, ...]
    supportive: tuple[str, ...]
    replacement: tuple[str, ...]
    unintelligible: tuple[str, ...]
    one_word: tuple[str, ...]
    other_language: tuple[str, ...]
    step_lead: tuple[str, ...]
    step_ask: tuple[str, ...]


class _SafetySource(_Strict):
    id: str
    kind: str
    level: str
    text: str


class PlainSafety(_Strict):
    """A safety wording that belongs to a situation rather than to a kind and level."""

    id: str
    text: str


class CueWording(_Strict):
    """What in the person's words changes the next move; patterns of the normalised text."""

    asks_for_help: tuple[str, ...]
    good_news: tuple[str, ...]
    not_good_news: tuple[str, ...]


class SafetyWordingFile(_Strict):
    """What is said for dangers that the knowledge folder has no wording for."""

    responses: tuple[_SafetySource, ...]
    about_another: tuple[PlainSafety, ...]
    about_another_now: tuple[PlainSafety, ...]
    past: tuple[PlainSafety, ...]
    body_caution: tuple[str, ...]


class SlotWording(_Strict):
    """The only words that are ever said back to a person."""

    feelings: dict[str, str]
    emotions: dict[Emotion, str]
    situations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SafetyWording:
    """One safety wording with what it is for."""

    id: str
    kind: RiskKind
    level: RiskLevel
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """All of it."""

    intents: tuple[IntentWording, ...]
    fallback: FallbackWording
    safety: SafetyWordingFile
    slots: SlotWording
    cues: CueWording

    @property
    def safety_responses(self) -> tuple[SafetyWording, ...]:
        """The service's own wordings by kind and level."""
        return tuple(
            SafetyWording(each.id, RiskKind[each.kind.upper()], RiskLevel[each.level.upper()], each.text)
            for each in self.safety.responses
        )


def _read(name: str) -> object:
    loaded: object = yaml.safe_load((files("voicecbt.rag") / "wording" / f"{name}.yaml").read_text("utf-8"))
    return loaded


@lru_cache(maxsize=1)
def load_wording() -> Wording:
    """The packaged wording. Raises pydantic's ValidationError for a broken file."""
    return Wording(
        intents=TypeAdapter(tuple[IntentWording, ...]).validate_python(_read("intents")),
        fallback=FallbackWording.model_validate(_read("fallback")),
        safety=SafetyWordingFile.model_validate(_read("safety")),
        slots=SlotWording.model_validate(_read("slots")),
        cues=CueWording.model_validate(_read("cues")),
    )
