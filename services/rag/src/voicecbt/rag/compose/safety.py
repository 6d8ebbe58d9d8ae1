"""The safety protocol: vetted words and human help, varied over turns, never generated."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicecbt.rag.compose.choice import draw, seed_of
from voicecbt.rag.compose.helplines import CRISIS_KINDS, help_in, services_for, shown, spoken
from voicecbt.rag.compose.wording import PlainSafety, SafetyWording, Wording
from voicecbt.rag.content_schema import HelplineBook
from voicecbt.rag.domain import Helpline, ReplyRequest, RiskAssessment, RiskCue, RiskKind, RiskLevel
from voicecbt.rag.risk.assess import PAST
from voicecbt.rag.risk.carried import ABOUT_ANOTHER
from voicecbt.rag.risk.normalise import normalise
from voicecbt.rag.serving import ServingKnowledge

TECHNIQUE = "safety"
GENERATOR = "safety"

# An elevated cue is asked about once; asked again in every turn it would stop the person from talking.
_ASKED_WITHIN_REPLIES = 3


# What a plain yes or no means depends on what was asked.
_ASKED = (
    (re.compile(r"(?:ending your life|end your life|thoughts like that|thoughts of suicide)[^?]*\?"), RiskKind.SUICIDE),
    (re.compile(r"might really hurt someone\?"), RiskKind.HARM_TO_OTHERS),
    (re.compile(r"tell you to do things\?"), RiskKind.PSYCHOSIS),
)
_ASKED_WHETHER_SAFE = re.compile(r"\b(?:are you safe|is it safe)\b[^?]*\?", re.IGNORECASE)
_FILLER = r"^(?:(?:well|um+|uh|er+|hmm+|oh|honestly|actually|i mean|i guess|to be honest|tbh|if im honest|[,.]) )*"
# "I am fine" is no yes to a question about dying; "I am" and "I am, sometimes" are.
_ONLY = r"(?= [,.]|$| (?:yes|sometimes|often|really|honestly|now|tonight|lately|thinking|having|been|a (?:bit|lot)))"
_YES = re.compile(
    _FILLER
    + r"(?:(?:yes|yea|yeah|yeh|yep|yup|ya|aye|mhm|uh huh|of course|sometimes|maybe|perhaps|possibly|kind of|kinda"
    r"|sort of|a bit|a little|often|always|i think so|i think about it|i suppose|i guess|now and then)\b"
    r"(?! (?:not|better))"
    rf"|(?:i am|i do|i have|i did|i was|it is|they do|right now|all the time|every (?:day|night)|lately){_ONLY})"
)
_NO = re.compile(
    _FILLER + r"(?:no|nope|nah|not really|im not|i am not|i dont know|not sure|i dont think so|i doubt it)\b"
)


@dataclass(frozen=True, slots=True)
class SafetyReply:
    """What the protocol says, with human help."""

    response_id: str
    text: str
    helplines: tuple[Helpline, ...]


class SafetySpeaker:
    """Chooses what is said in danger."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def reply(self, knowledge: ServingKnowledge, request: ReplyRequest) -> SafetyReply:
        """The reply to a risk of at least ELEVATED. Never fails: a kind without wording takes that of suicide."""
        options = self._situational(request.risk) or self._by_kind(knowledge, request.risk)
        chosen = _least_used(options, request)
        return SafetyReply(chosen.id, self._fill(chosen.text, knowledge, request), self.helplines(knowledge, request))

    def with_answer(self, request: ReplyRequest) -> ReplyRequest:
        """The request with its risk raised to HIGH where a short answer confirms what the protocol asked.

        Risk assessment sees only what the person said; the question is known here.
        """
        asked = next((each for each in reversed(request.history) if not each.by_person), None)
        if asked is None or asked.technique != TECHNIQUE or request.risk.level >= RiskLevel.HIGH:
            return request
        kind = _confirmed_kind(asked.text, normalise(request.text), request.risk.kind)
        if kind is RiskKind.UNSPECIFIED:
            return request
        cues = (*request.risk.cues, RiskCue("context.confirmed", kind, RiskLevel.HIGH))
        raised = replace(request.risk, level=RiskLevel.HIGH, kind=kind, cues=cues, bypass_generation=True)
        return replace(request, risk=raised)

    def asks_now(self, request: ReplyRequest) -> bool:
        """Whether an elevated cue is to be asked about in this reply: a new cue, and not asked lately.

        Signs of the body are answered by a caution and the ordinary reply instead (see `body_caution`).
        """
        new = [cue for cue in request.risk.cues if not cue.rule_id.startswith("context.")]
        lately = [each for each in request.history if not each.by_person][-_ASKED_WITHIN_REPLIES:]
        asked = any(each.technique == TECHNIQUE for each in lately)
        return bool(new) and request.risk.kind is not RiskKind.MEDICAL and not asked

    def body_caution(self, knowledge: ServingKnowledge, request: ReplyRequest) -> str:
        """What comes first where a sensation may be panic and may not; empty without such a cue."""
        if request.risk.kind is not RiskKind.MEDICAL:
            return ""
        texts = [PlainSafety(id=text, text=text) for text in self._wording.safety.body_caution]
        said = [each.text for each in request.history if not each.by_person]
        unsaid = [each for each in texts if not any(self._fill(each.text, knowledge, request) in text for text in said)]
        return self._fill(unsaid[0].text, knowledge, request) if unsaid else ""

    def helplines(self, knowledge: ServingKnowledge, request: ReplyRequest) -> tuple[Helpline, ...]:
        """Human help for the person's country and this kind of danger, the first being the one to be spoken."""
        entry = help_in(knowledge.content.helplines, request.country)
        return tuple(shown(each) for each in services_for(entry, request.risk.kind))

    def _situational(self, risk: RiskAssessment) -> list[SafetyWording]:
        """Wordings for somebody else's danger or a time long past, where that is all that was said."""
        grave = [cue for cue in risk.cues if cue.level is risk.level]
        reasons = {cue.rule_id.partition(":")[2] for cue in grave}
        if reasons == {ABOUT_ANOTHER}:
            urgent = risk.level >= RiskLevel.HIGH
            return _plain(
                self._wording.safety.about_another_now if urgent else self._wording.safety.about_another, risk
            )
        return _plain(self._wording.safety.past, risk) if reasons == {PAST} else []

    def _by_kind(self, knowledge: ServingKnowledge, risk: RiskAssessment) -> list[SafetyWording]:
        options = [*_content_wordings(knowledge), *self._wording.safety_responses]
        for kind in (risk.kind, RiskKind.SUICIDE):
            # Where a kind has no wording for its level, the next higher one errs on the safe side.
            for level in sorted(RiskLevel, key=lambda level: (level < risk.level, abs(level - risk.level))):
                if fitting := [each for each in options if each.kind is kind and each.level is level]:
                    return fitting
        raise LookupError("the safety wording is empty")

    @staticmethod
    def _fill(text: str, knowledge: ServingKnowledge, request: ReplyRequest) -> str:
        book: HelplineBook = knowledge.content.helplines
        entry = help_in(book, request.country)
        first = services_for(entry, request.risk.kind)[0]
        filled = text.replace("{helpline}", spoken(first)).replace("{emergency_number}", entry.emergency_number)
        return filled[0].upper() + filled[1:]


def _confirmed_kind(asked: str, answer: str, seen: RiskKind) -> RiskKind:
    """The danger that `answer`, in its plain form, confirms; UNSPECIFIED where it confirms none."""
    if _YES.search(answer):
        return next((kind for question, kind in _ASKED if question.search(asked)), RiskKind.UNSPECIFIED)
    if _ASKED_WHETHER_SAFE.search(asked) and _NO.search(answer):
        return seen or RiskKind.SUICIDE
    return RiskKind.UNSPECIFIED


def _content_wordings(knowledge: ServingKnowledge) -> list[SafetyWording]:
    kinds = {crisis: kind for kind, crisis in reversed(CRISIS_KINDS.items())}
    return [
        SafetyWording(each.id, kinds[each.kind], RiskLevel[each.level.upper()], each.text)
        for each in knowledge.content.safety
    ]


def _plain(texts: Sequence[PlainSafety], risk: RiskAssessment) -> list[SafetyWording]:
    return [SafetyWording(each.id, risk.kind, risk.level, each.text) for each in texts]


def _least_used(options: Sequence[SafetyWording], request: ReplyRequest) -> SafetyWording:
    said = [each.response_id for each in request.history]
    seed = seed_of(request)
    return min(options, key=lambda each: (said.count(each.id), draw(seed, each.id)))
