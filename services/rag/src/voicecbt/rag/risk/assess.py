"""Risk assessment of one message in its session: deterministic, no model, a few milliseconds.

Cues follow the order of the Columbia suicide severity scale (C-SSRS): passive, active, plan, intent, preparation.
"""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence

from voicecbt.rag.domain import RiskAssessment, RiskCue, RiskKind, RiskLevel
from voicecbt.rag.risk.carried import ABOUT_ANOTHER, Before, Now, carried
from voicecbt.rag.risk.combinations import Sighting, combined
from voicecbt.rag.risk.modifiers import (
    Surroundings,
    is_about_another,
    is_denied,
    is_fiction,
    is_hedged,
    is_long_past,
    surroundings,
)
from voicecbt.rag.risk.normalise import normalise, variants
from voicecbt.rag.risk.rules import Rule, RuleBook, load_rules

# Conclusions kept for messages that come again as `earlier` on every later turn: about 100 bytes each.
_REMEMBERED_MESSAGES = 4096
# Which danger is named first when several are equally grave: the one with the least time.
_KIND_ORDER = (
    RiskKind.MEDICAL,
    RiskKind.SUICIDE,
    RiskKind.CHILD_IN_DANGER,
    RiskKind.HARM_TO_OTHERS,
    RiskKind.ABUSE,
    RiskKind.SELF_HARM,
    RiskKind.PSYCHOSIS,
    RiskKind.INTOXICATION,
    RiskKind.UNSPECIFIED,
)
# Why a cue was lowered, as the part of its id after the colon.
PAST = "past"


class RiskAssessor:
    """Matches messages with a rule book. Not tied to an event loop; safe to call from several threads."""

    def __init__(self, book: RuleBook | None = None) -> None:
        self._book = book or load_rules()
        self._remembered: OrderedDict[bytes, RiskAssessment] = OrderedDict()
        # Keyed, so that what is kept in memory cannot be tested against guessed sentences from outside.
        self._key = os.urandom(32)

    @property
    def policy_version(self) -> str:
        """The version of the rules, for the record of a turn."""
        return self._book.policy_version

    def assess(self, text: str, earlier: Sequence[str] = (), known: RiskAssessment | None = None) -> RiskAssessment:
        """The risk in `text`, given what the person said `earlier` in the session, oldest first.

        `known` is the highest assessment of the session so far, however long ago. Never raises for any text. An
        earlier HIGH keeps the level at least ELEVATED: a denial alone does not clear it.
        """
        alone = self._alone(text)
        before = [Before(self._plain(message), self._alone(message)) for message in earlier]
        now = Now(self._plain(text), alone.cues)
        return self._conclude((*alone.cues, *carried(now, before, known, self._book.context)))

    def _plain(self, text: str) -> str:
        return self._book.idioms.sub(" _ ", normalise(text))

    def _alone(self, text: str) -> RiskAssessment:
        digest = hashlib.blake2b(text.encode("utf-8", "replace"), key=self._key, digest_size=16).digest()
        known = self._remembered.get(digest)
        if known is None:
            known = self._remembered[digest] = self._conclude(self._cues(text))
            if len(self._remembered) > _REMEMBERED_MESSAGES:
                self._remembered.popitem(last=False)
        return known

    def _conclude(self, cues: tuple[RiskCue, ...]) -> RiskAssessment:
        gravest = min(cues, key=lambda cue: (-cue.level, _KIND_ORDER.index(cue.kind)), default=None)
        level = gravest.level if gravest else RiskLevel.NONE
        return RiskAssessment(
            level=level,
            kind=gravest.kind if gravest else RiskKind.UNSPECIFIED,
            cues=cues,
            bypass_generation=level >= self._book.bypass_from,
            policy_version=self._book.policy_version,
        )

    def _cues(self, text: str) -> tuple[RiskCue, ...]:
        readings = [self._book.idioms.sub(" _ ", plain) for plain in variants(normalise(text))]
        found: dict[str, Sighting] = {}
        for plain in readings:
            for sighting in self._sightings(plain):
                known = found.get(sighting.cue.rule_id)
                if known is None or sighting.cue.level > known.cue.level:
                    found[sighting.cue.rule_id] = sighting
        cues = tuple(sighting.cue for sighting in found.values())
        return cues + combined(tuple(found.values()), readings, self._book.context)

    def _sightings(self, plain: str) -> Iterator[Sighting]:
        for rule in self._book.rules:
            for match in rule.pattern.finditer(plain):
                level, why = self._level(rule, surroundings(plain, *match.span()), plain)
                if level > RiskLevel.NONE:
                    rule_id = f"{rule.id}:{why}" if why else rule.id
                    yield Sighting(RiskCue(rule_id, rule.kind, level), lowered=bool(why), words=range(*match.span()))

    def _level(self, rule: Rule, where: Surroundings, plain: str) -> tuple[RiskLevel, str]:
        """The level of a match, and why it is lower than the rule's own; the reason becomes part of the cue's id."""
        if "negation" not in rule.keeps and is_denied(where):
            return (RiskLevel.ELEVATED if is_hedged(where) else RiskLevel.NONE), "hedged"
        if is_fiction(where):
            return RiskLevel.NONE, "fiction"
        if "past" not in rule.keeps and is_long_past(where):
            return RiskLevel.ELEVATED, PAST
        if "third_person" not in rule.keeps and is_about_another(where):
            # Somebody else's stated intent is an emergency all the same; a wish is a worry to talk about.
            return (RiskLevel.HIGH if rule.level is RiskLevel.IMMINENT else RiskLevel.ELEVATED), ABOUT_ANOTHER
        if rule.id == "medical.chest_pain" and self._book.context.panic.search(plain):
            return RiskLevel.ELEVATED, "with_panic"
        return rule.level, ""
