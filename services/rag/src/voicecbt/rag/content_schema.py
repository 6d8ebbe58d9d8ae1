"""The items of the knowledge folder, as its JSON Schemas describe them."""

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from voicecbt.rag.domain import Emotion, Severity

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Name = Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$", max_length=60)]
Phase = Literal["opening", "exploring", "reframing", "practising", "closing"]
CrisisKind = Literal["suicide", "self_harm", "harm_to_others", "abuse_now", "medical_emergency"]

PHASES: tuple[Phase, ...] = ("opening", "exploring", "reframing", "practising", "closing")
END = "end"
_SLOTS = frozenset({"feeling", "situation"})
_SAFETY_SLOTS = frozenset({"helpline", "emergency_number"})


def slots_of(text: str) -> set[str]:
    """The names of the slots in a wording."""
    return set(re.findall(r"{([^{}]*)}", text))


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Article(_Item):
    """What there is to know about one idea."""

    id: Slug
    title: str = Field(min_length=5, max_length=80)
    category: Name
    technique: Name
    emotions: tuple[Emotion, ...] = Field(min_length=1)
    difficulty: Literal["beginner", "intermediate", "advanced"]
    language: Literal["en"]
    sources: tuple[str, ...] = Field(min_length=1)
    keywords: tuple[str, ...] = Field(min_length=1)
    body: str = Field(min_length=200)


class CannedResponse(_Item):
    """A short vetted reply; `text_plain` is said where a slot cannot be filled."""

    id: Slug
    technique: Name
    phase: Phase
    emotions: tuple[Emotion, ...] = Field(min_length=1)
    severity: tuple[Severity, ...] = Field(min_length=1)
    text: str = Field(min_length=10)
    text_plain: str = ""
    # Beginnings of words, in the rules' plain form; the person must have said one of them. Empty: fits anybody.
    needs_words: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _slots_are_known(self) -> Self:
        slots = slots_of(self.text)
        if not slots <= _SLOTS:
            raise ValueError(f"text has unknown slots {sorted(slots - _SLOTS)}")
        if slots and not self.text_plain:
            raise ValueError("text has slots, so text_plain is needed")
        return self

    @property
    def plain(self) -> str:
        """The wording without slots."""
        return self.text_plain or self.text


class Quotable(_Item):
    """What a reply may quote of an article, word for word, and the words that the person must have said for it."""

    article: Slug
    needs_words: tuple[str, ...] = Field(min_length=1)
    explains: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


class SafetyResponse(_Item):
    """What is said when the risk check fires."""

    id: Slug
    level: Literal["elevated", "high", "imminent"]
    kind: CrisisKind
    text: str = Field(min_length=40)

    @model_validator(mode="after")
    def _slots_are_known(self) -> Self:
        unknown = slots_of(self.text) - _SAFETY_SLOTS
        if unknown:
            raise ValueError(f"text has unknown slots {sorted(unknown)}")
        return self


class HelplineService(_Item):
    """One helpline; without `kinds` it answers any crisis."""

    name: str = Field(min_length=3)
    phone: str = ""
    text: str = ""
    url: str = ""
    hours: str
    languages: tuple[str, ...]
    kinds: tuple[CrisisKind, ...] = ()


class International(_Item):
    """Where the country is unknown."""

    emergency_number: str
    services: tuple[HelplineService, ...] = Field(min_length=1)


class CountryHelplines(International):
    """Human help in one country (ISO 3166-1 alpha-2)."""

    country: str = Field(pattern=r"^[A-Z]{2}$")


class HelplineBook(_Item):
    """Human help by country."""

    last_verified: str | None
    international: International
    countries: tuple[CountryHelplines, ...]


class ProtocolStep(_Item):
    """One state: what it needs to hear, and the question that asks for it."""

    id: Name
    phase: Phase
    technique: str = ""
    needs: str
    ask: str
    next: Name


class Protocol(_Item):
    """A conversation as a small state machine."""

    id: Name
    title: str
    initial: Name
    states: tuple[ProtocolStep, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        known = {state.id for state in self.states} | {END}
        for target in [self.initial, *(state.next for state in self.states)]:
            if target not in known:
                raise ValueError(f"leads to {target!r}, which is no state")
        return self

    def step(self, state_id: str) -> ProtocolStep | None:
        """The state of that id, or None."""
        return next((state for state in self.states if state.id == state_id), None)


class GoldenQuery(_Item):
    """What a person might say, and the articles that would be good answers."""

    query: str
    articles: tuple[Slug, ...] = Field(min_length=1)
