"""The rule files as typed, compiled tables."""

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from voicecbt.rag.domain import RiskKind, RiskLevel

Modifier = Literal["negation", "third_person", "past"]

# A gap between two words of a pattern must not swallow a "not": "im not going to" is no intent.
_GAP = r"(?:\w+ )"
_GAP_WITHOUT_NOT = r"(?:(?!(?:not|never|dont|doesnt|didnt|wont|wouldnt) )\w+ )"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _RuleSource(_Strict):
    id: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    kind: str
    level: Literal["elevated", "high", "imminent"]
    patterns: list[str] = Field(min_length=1)
    keeps: list[Modifier] = []


class _RuleFile(_Strict):
    rules: list[_RuleSource]


class _Policy(_Strict):
    policy_version: str
    bypass_from: Literal["elevated", "high", "imminent"]
    words: dict[str, str]


class _ContextSource(_Strict):
    means: str
    possession: str
    time: str
    plan: str
    affirmation: str
    panic: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One cue. `keeps` names the modifiers (negation, third person, past) that do not lower it."""

    id: str
    kind: RiskKind
    level: RiskLevel
    pattern: re.Pattern[str]
    keeps: frozenset[str]


@dataclass(frozen=True, slots=True)
class ContextPatterns:
    """Words that mean nothing alone and much beside a cue."""

    means: re.Pattern[str]
    possession: re.Pattern[str]
    time: re.Pattern[str]
    plan: re.Pattern[str]
    affirmation: re.Pattern[str]
    panic: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Everything that the assessor matches with."""

    policy_version: str
    bypass_from: RiskLevel
    rules: tuple[Rule, ...]
    idioms: re.Pattern[str]
    context: ContextPatterns


def _read(name: str) -> object:
    return yaml.safe_load((files(__package__) / "rules" / name).read_text("utf-8"))


def _compile(patterns: list[str], words: dict[str, str]) -> re.Pattern[str]:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    for _ in range(2):  # a word group may use another one
        for name, group in words.items():
            joined = joined.replace("{" + name + "}", group)
    return re.compile(rf"\b(?:{joined.replace(_GAP, _GAP_WITHOUT_NOT)})")


def _rule(source: _RuleSource, words: dict[str, str]) -> Rule:
    return Rule(
        id=source.id,
        kind=RiskKind[source.kind.upper()],
        level=RiskLevel[source.level.upper()],
        pattern=_compile(source.patterns, words),
        keeps=frozenset(source.keeps),
    )


def load_rules() -> RuleBook:
    """The packaged rules. Raises pydantic's ValidationError or re.error for a broken file."""
    policy = _Policy.model_validate(_read("policy.yaml"))
    idioms = _read("idioms.yaml")
    context = _ContextSource.model_validate(_read("context.yaml")["context"])  # type: ignore[index]
    sources = [rule for name in _RULE_FILES for rule in _RuleFile.model_validate(_read(f"{name}.yaml")).rules]
    return RuleBook(
        policy_version=policy.policy_version,
        bypass_from=RiskLevel[policy.bypass_from.upper()],
        rules=tuple(_rule(source, policy.words) for source in sources),
        idioms=_compile(list(idioms["idioms"]), policy.words),  # type: ignore[index]
        context=ContextPatterns(**{name: re.compile(value) for name, value in context}),
    )


_RULE_FILES = (
    "suicide_imminent",
    "suicide_ideation",
    "suicide_passive",
    "suicide_unsafe",
    "suicide_hopeless",
    "self_harm",
    "harm_to_others",
    "abuse",
    "child",
    "medical",
    "psychosis",
)
