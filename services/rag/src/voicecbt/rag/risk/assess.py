"""Risk assessment of one message in its session: deterministic, no model, a few milliseconds.

Cues follow the order of the Columbia suicide severity scale (C-SSRS): passive, active, plan, intent, preparation.
"""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence

from voicecbt.rag.domain import RiskAssessment, RiskCue, RiskKind, RiskLevel
from voicecbt.rag.risk.combinations import PREPARED_KINDS, Sighting, combined
from voicecbt.rag.risk.modifiers import (
    Surroundings,
    is_about_another,
    is_denied,
    is_hedged,
    is_long_past,
    surroundings,
)
from voicecbt.rag.risk.normalise import normalise, variants
from voicecbt.rag.risk.rules import Rule, RuleBook, load_rules

# An answer of so few words after a grave message is about that message ("tonight", "yes I do").
_SHORT_ANSWER_WORDS = 8
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
ABOUT_ANOTHER = "about_another"


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

    def assess(self, text: str, earlier: Sequence[str] = ()) -> RiskAssessment:
        """The risk in `text`, given what the person said `earlier` in the session, oldest first.

        Never raises for any text. An earlier HIGH keeps the level at least ELEVATED: a denial alone does not
        clear it.
        """
        alone = self._alone(text)
        history = [self._alone(message) for message in earlier]
        return self._conclude(self._with_context(text, alone.cues, history))

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
                    yield Sighting(RiskCue(rule_id, rule.kind, level), lowered=bool(why))

    def _level(self, rule: Rule, where: Surroundings, plain: str) -> tuple[RiskLevel, str]:
        """The level of a match, and why it is lower than the rule's own; the reason becomes part of the cue's id."""
        if "negation" not in rule.keeps and is_denied(where):
            return (RiskLevel.ELEVATED if is_hedged(where) else RiskLevel.NONE), "hedged"
        if "past" not in rule.keeps and is_long_past(where):
            return RiskLevel.ELEVATED, PAST
        if "third_person" not in rule.keeps and is_about_another(where):
            # Somebody else's stated intent is an emergency all the same; a wish is a worry to talk about.
            return (RiskLevel.HIGH if rule.level is RiskLevel.IMMINENT else RiskLevel.ELEVATED), ABOUT_ANOTHER
        if rule.id == "medical.chest_pain" and self._book.context.panic.search(plain):
            return RiskLevel.ELEVATED, "with_panic"
        return rule.level, ""

    def _with_context(
        self, text: str, cues: tuple[RiskCue, ...], history: Sequence[RiskAssessment]
    ) -> tuple[RiskCue, ...]:
        """Raise by what was said before: nothing said later in the session clears an earlier HIGH."""
        grave = [past for past in history if past.level >= RiskLevel.HIGH]
        if not grave:
            return (*cues, *self._affirmed_cue(text, history))
        last = grave[-1]
        raised = [RiskCue("context.earlier_high", last.kind, RiskLevel.ELEVATED)]
        if any(cue.level is RiskLevel.ELEVATED and cue.kind is last.kind for cue in cues):
            raised.append(RiskCue("context.continued", last.kind, RiskLevel.HIGH))
        raised.extend(self._answer(text, last, just_before=history[-1] is last))
        return (*cues, *raised)

    def _affirmed_cue(self, text: str, history: Sequence[RiskAssessment]) -> Iterator[RiskCue]:
        """A "yes" right after a cue may answer the question about it; what was asked is not known here."""
        if (
            history
            and history[-1].level is RiskLevel.ELEVATED
            and self._book.context.affirmation.search(normalise(text))
        ):
            yield RiskCue("context.affirmed", history[-1].kind, RiskLevel.ELEVATED)

    def _answer(self, text: str, last: RiskAssessment, *, just_before: bool) -> Iterator[RiskCue]:
        """Few words that complete what was said before: "yes", "tonight", "I have the pills here"."""
        context = self._book.context
        plain = self._book.idioms.sub(" _ ", normalise(text))
        short = len(plain.split()) <= _SHORT_ANSWER_WORDS
        prepared = context.means.search(plain) or context.plan.search(plain) or (short and context.time.search(plain))
        if last.kind in PREPARED_KINDS and prepared:
            yield RiskCue("context.preparation", last.kind, RiskLevel.IMMINENT)
        if just_before and context.affirmation.search(plain):
            yield RiskCue("context.affirmed", last.kind, RiskLevel.HIGH)
