"""Cues that only the company of others makes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicecbt.rag.domain import RiskCue, RiskKind, RiskLevel
from voicecbt.rag.risk.rules import ContextPatterns

# Beside these kinds, means, a time or a plan turn thought into preparation.
PREPARED_KINDS = frozenset({RiskKind.SUICIDE, RiskKind.HARM_TO_OTHERS})


@dataclass(frozen=True, slots=True)
class Sighting:
    """A cue in one message; `lowered` when it was hedged, long past or about somebody else."""

    cue: RiskCue
    lowered: bool
    words: range  # where in the message, in characters


def combined(sightings: Sequence[Sighting], readings: Sequence[str], context: ContextPatterns) -> tuple[RiskCue, ...]:
    """The further cues that these make together in the normalised `readings` of a message."""
    own = [sighting.cue for sighting in sightings if not sighting.lowered]
    return (*_preparation(own, readings, context), *_several(sightings), *_heart(own))


def _preparation(own: Sequence[RiskCue], readings: Sequence[str], context: ContextPatterns) -> Iterator[RiskCue]:
    grave = [cue for cue in own if cue.level is RiskLevel.HIGH and cue.kind in PREPARED_KINDS]
    patterns = (context.means, context.time, context.plan)
    if grave and any(pattern.search(plain) for plain in readings for pattern in patterns):
        yield RiskCue("combined.preparation", grave[0].kind, RiskLevel.IMMINENT)


def _several(sightings: Sequence[Sighting]) -> Iterator[RiskCue]:
    """Two rules that saw the same words saw one thing."""
    own = [each for each in sightings if not each.lowered and each.cue.kind is RiskKind.SUICIDE]
    mild = [each.words for each in own if each.cue.level is RiskLevel.ELEVATED]
    if any(one.stop <= other.start for one in mild for other in mild):
        yield RiskCue("combined.several", RiskKind.SUICIDE, RiskLevel.HIGH)


def _heart(own: Sequence[RiskCue]) -> Iterator[RiskCue]:
    """Chest pain with breathlessness, and no word of panic, is for an ambulance."""
    seen = {cue.rule_id for cue in own if cue.kind is RiskKind.MEDICAL}
    if {"medical.chest_pain", "medical.breathless"} <= seen:
        yield RiskCue("combined.heart", RiskKind.MEDICAL, RiskLevel.IMMINENT)
