"""What a session's earlier messages make of a message: nothing said later clears what was grave before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicecbt.rag.domain import RiskAssessment, RiskCue, RiskKind, RiskLevel
from voicecbt.rag.risk.combinations import PREPARED_KINDS
from voicecbt.rag.risk.rules import ContextPatterns

# An answer of so few words after a grave message is about that message ("tonight", "yes I do").
_TIME_ANSWER_WORDS = 4
# "tonight" and nothing else answers what was asked some turns ago, too.
_BARE_TIME_WORDS = 2
# Earlier turns with a passive cue of the same rule that count together like two different cues in one message.
_SAME_CUE_TURNS = 2
# Why a cue was lowered, as the part of its id after the colon.
ABOUT_ANOTHER = "about_another"
CONTEXT_PREFIX = "context."


@dataclass(frozen=True, slots=True)
class Before:
    """One earlier message: its plain form, empty where only the outcome is known, and its own assessment."""

    plain: str
    risk: RiskAssessment


@dataclass(frozen=True, slots=True)
class Now:
    """The message that is assessed, in its plain form, with its own cues."""

    plain: str
    cues: tuple[RiskCue, ...]


def carried(
    now: Now, before: Sequence[Before], known: RiskAssessment | None, context: ContextPatterns
) -> list[RiskCue]:
    """The further cues that `now` has because of what came `before`, oldest first.

    `known` is the highest assessment of the session; it may stem from a message that is not among `before`.
    """
    history = _confirmed(before, context)
    past = [*([Before("", known)] if known else []), *history]
    grave = [each.risk for each in past if each.risk.level >= RiskLevel.HIGH]
    raised = [*_floor(now, grave, history, context), *_preparation(now, past, context), *_repeated(now, past)]
    if grave and history and history[-1].risk is grave[-1] and context.affirmation.search(now.plain):
        raised.append(RiskCue("context.affirmed", grave[-1].kind, RiskLevel.HIGH))
    return raised


def is_about_another(risk: RiskAssessment) -> bool:
    """Whether all that made the level of `risk` is about somebody else."""
    grave = [cue for cue in risk.cues if cue.level is risk.level]
    return bool(grave) and all(cue.rule_id.endswith(f":{ABOUT_ANOTHER}") for cue in grave)


def _confirmed(before: Sequence[Before], context: ContextPatterns) -> list[Before]:
    """`before`, where a "yes" at once after a passive cue of suicide counts as HIGH: it answered the question."""
    seen: list[Before] = []
    for each in before:
        if seen and _passive(seen[-1].risk) and context.affirmation.search(each.plain):
            cue = RiskCue("context.affirmed", RiskKind.SUICIDE, RiskLevel.HIGH)
            high = RiskAssessment(cue.level, cue.kind, (cue,), True, each.risk.policy_version)
            seen.append(Before(each.plain, high))
        else:
            seen.append(each)
    return seen


def _passive(risk: RiskAssessment) -> bool:
    return risk.level is RiskLevel.ELEVATED and risk.kind is RiskKind.SUICIDE and not is_about_another(risk)


def _floor(
    now: Now, grave: Sequence[RiskAssessment], history: Sequence[Before], context: ContextPatterns
) -> Iterator[RiskCue]:
    """ELEVATED after any HIGH for good; after a passive cue in the next turn, whatever is answered."""
    if grave:
        last = grave[-1]
        yield RiskCue("context.earlier_high", last.kind, RiskLevel.ELEVATED)
        if any(cue.level is RiskLevel.ELEVATED and cue.kind is last.kind for cue in now.cues):
            yield RiskCue("context.continued", last.kind, RiskLevel.HIGH)
    elif history and _passive(history[-1].risk):
        yield RiskCue("context.unanswered", RiskKind.SUICIDE, RiskLevel.ELEVATED)
    elif history and history[-1].risk.level is RiskLevel.ELEVATED and context.affirmation.search(now.plain):
        yield RiskCue("context.affirmed", history[-1].risk.kind, RiskLevel.ELEVATED)


def _preparation(now: Now, past: Sequence[Before], context: ContextPatterns) -> Iterator[RiskCue]:
    """Means, a plan or a time complete what was said before: IMMINENT after HIGH, HIGH after a passive cue."""
    of_kind = [each.risk for each in past if each.risk.kind in PREPARED_KINDS and each.risk.level > RiskLevel.NONE]
    own = [risk for risk in of_kind if risk.level >= RiskLevel.HIGH or not is_about_another(risk)]
    answers = bool(past) and past[-1].risk in own
    if not own or not _prepares(now.plain, context, answers=answers):
        return
    gravest = max(own, key=lambda risk: risk.level)
    level = RiskLevel.IMMINENT if gravest.level >= RiskLevel.HIGH else RiskLevel.HIGH
    yield RiskCue("context.preparation", gravest.kind, level)


def _prepares(plain: str, context: ContextPatterns, *, answers: bool) -> bool:
    """`answers`: it comes right after the cue. Later, who speaks of tonight or of tablets speaks of their life."""
    if context.plan.search(plain):
        return True
    if context.means.search(plain) and (answers or context.possession.search(plain)):
        return True
    most = _TIME_ANSWER_WORDS if answers else _BARE_TIME_WORDS
    return len(plain.split()) <= most and bool(context.time.search(plain))


def _repeated(now: Now, past: Sequence[Before]) -> Iterator[RiskCue]:
    """Passive cues of suicide in several turns are HIGH, as several in one message are."""
    new = _passive_rules(now.cues)
    turns = [rules for each in past if (rules := _passive_rules(each.risk.cues))]
    if new and (len(turns) >= _SAME_CUE_TURNS or any(rules != new for rules in turns)):
        yield RiskCue("context.several", RiskKind.SUICIDE, RiskLevel.HIGH)


def _passive_rules(cues: Sequence[RiskCue]) -> frozenset[str]:
    """The rules of passive cues that are the person's own and of now."""
    return frozenset(
        cue.rule_id
        for cue in cues
        if cue.kind is RiskKind.SUICIDE
        and cue.level is RiskLevel.ELEVATED
        and ":" not in cue.rule_id
        and not cue.rule_id.startswith(CONTEXT_PREFIX)
    )
