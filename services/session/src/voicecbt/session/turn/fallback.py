"""The vetted wording of `fallback.yaml`: what is said when nothing else can be."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field

from voicecbt.stubs.rag.v1.rag_pb2 import Helpline

SUPPORT_TECHNIQUE = "supportive_listening"
SAFETY_TECHNIQUE = "safety_protocol"


class _Helpline(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    phone: str = ""
    text: str = ""
    url: str = ""
    hours: str = ""


class FallbackWording(BaseModel):
    """The file, checked at start. Every list of sentences is non-empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    replies: tuple[tuple[str, ...], ...] = Field(min_length=1)
    unfinished: tuple[str, ...] = Field(min_length=1)
    crisis: tuple[str, ...] = Field(min_length=1)
    helpline_note: tuple[str, ...] = Field(min_length=1)
    helplines: dict[str, tuple[_Helpline, ...]]

    def reply(self, turn_index: int) -> tuple[str, ...]:
        """Sentences for an ordinary turn; another set for the next one."""
        return self.replies[turn_index % len(self.replies)]

    def helplines_for(self, country: str) -> list[Helpline]:
        """Human help in an ISO 3166 alpha-2 country; where none is listed, the international ones."""
        listed = self.helplines.get(country) or self.helplines["default"]
        return [Helpline(**entry.model_dump()) for entry in listed]


@cache
def fallback_wording() -> FallbackWording:
    """The wording, read once."""
    text = files("voicecbt.session.turn").joinpath("fallback.yaml").read_text(encoding="utf-8")
    return FallbackWording.model_validate(yaml.safe_load(text))


@dataclass(frozen=True, slots=True)
class LanguageTag:
    """A BCP 47 tag such as `en-GB`."""

    tag: str

    @property
    def country(self) -> str:
        """Its two-letter region in upper case; empty when it has none."""
        regions = [part.upper() for part in self.tag.split("-")[1:] if len(part) == 2 and part.isalpha()]
        return regions[0] if regions else ""
