"""The word list: read from YAML, checked, indexed."""

from dataclasses import dataclass
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from voicecbt.emotion.domain import Emotion
from voicecbt.emotion.text.phrases import PhraseIndex
from voicecbt.emotion.text.words import CLAUSE_END, words

Strength = Literal["mild", "clear", "strong"]
POINTS: dict[Strength, float] = {"mild": 1.0, "clear": 2.0, "strong": 3.0}


class Negation(BaseModel):
    """What a negated feeling turns into, and the share of its strength that is left."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    emotion: Emotion
    share: float = Field(ge=0, le=1)


class LexiconFile(BaseModel):
    """The shape of lexicon.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    emotions: dict[Emotion, dict[Strength, list[str]]]
    ignored: list[str]
    negators: list[str]
    clause_breaks: list[str]
    intensifiers: dict[float, list[str]]
    negated: dict[Emotion, Negation]
    english_words: list[str]


@dataclass(frozen=True, slots=True)
class Feeling:
    """A feeling that a phrase tells, with its points (1 to 3)."""

    emotion: Emotion
    points: float


@dataclass(frozen=True, slots=True)
class Negator:
    """A phrase that turns round what follows."""


@dataclass(frozen=True, slots=True)
class ClauseBreak:
    """A word at which negation ends."""


@dataclass(frozen=True, slots=True)
class Intensifier:
    """A phrase that multiplies the strength of the feeling next to it."""

    factor: float


@dataclass(frozen=True, slots=True)
class Ignored:
    """A phrase that only looks like a feeling."""


Sense = Feeling | Negator | ClauseBreak | Intensifier | Ignored


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The word list, ready for use."""

    version: str
    index: PhraseIndex[Sense]
    negated: dict[Emotion, Negation]
    english_words: frozenset[str]
    entries: int


def load_lexicon() -> Lexicon:
    """The packaged lexicon.yaml. Raises pydantic.ValidationError when it is not of the expected shape."""
    text = resources.files(__package__).joinpath("lexicon.yaml").read_text(encoding="utf-8")
    return build(LexiconFile.model_validate(yaml.safe_load(text)))


def build(file: LexiconFile) -> Lexicon:
    """Index a lexicon. Raises ValueError for an emotion that has no negation."""
    missing = set(file.emotions) - set(file.negated)
    if missing:
        raise ValueError(f"no negation for {sorted(missing)}")
    senses = _senses(file)
    index: PhraseIndex[Sense] = PhraseIndex()
    for phrase, sense in senses:
        index.add(pattern(phrase), sense)
    english = frozenset(word for phrase in file.english_words for word in words(phrase))
    return Lexicon(file.version, index, dict(file.negated), english, len(senses))


def pattern(phrase: str) -> tuple[str, ...]:
    """The words of an entry as the text's words are made; `*` stays at the end of its word."""
    parts = [
        f"{word}*" if written.endswith("*") and last else word
        for written in phrase.split()
        for word, last in _with_last(words(written.removesuffix("*")))
    ]
    return tuple(part for part in parts if part != CLAUSE_END)


def _with_last(items: list[str]) -> list[tuple[str, bool]]:
    return [(item, position == len(items) - 1) for position, item in enumerate(items)]


def _senses(file: LexiconFile) -> list[tuple[str, Sense]]:
    feelings: list[tuple[str, Sense]] = [
        (phrase, Feeling(emotion, POINTS[strength]))
        for emotion, by_strength in file.emotions.items()
        for strength, phrases in by_strength.items()
        for phrase in phrases
    ]
    strengths = [(phrase, Intensifier(factor)) for factor, phrases in file.intensifiers.items() for phrase in phrases]
    return [
        *feelings,
        *strengths,
        *((phrase, Ignored()) for phrase in file.ignored),
        *((phrase, Negator()) for phrase in file.negators),
        *((phrase, ClauseBreak()) for phrase in file.clause_breaks),
    ]
