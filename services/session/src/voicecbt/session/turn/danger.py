"""What a turn knows of the danger that a person may be in."""

from collections.abc import Iterable
from dataclasses import dataclass

from voicecbt.stubs.rag.v1.rag_pb2 import RISK_LEVEL_ELEVATED, RISK_LEVEL_HIGH, RiskAssessment, RiskKind
from voicecbt.stubs.session.v1.turn_pb2 import Safety


@dataclass(slots=True)
class Danger:
    """Kept beside the stages, so that the safety net knows it too when one of them fails."""

    # What the person said before in the session, oldest first.
    earlier: tuple[str, ...] = ()
    # The highest risk of the session before this turn; None when there was none.
    known: RiskAssessment | None = None
    # Of this turn; None while it is not known.
    assessed: RiskAssessment | None = None
    helplines_told: bool = False


def unknown_risk() -> RiskAssessment:
    """What stands in for an assessment that could not be made: danger that cannot be ruled out counts as danger."""
    return RiskAssessment(level=RISK_LEVEL_ELEVATED)


def is_crisis(risk: RiskAssessment) -> bool:
    """Whether only the safety protocol may speak."""
    return risk.bypass_generation or risk.level >= RISK_LEVEL_HIGH


def highest_risk(past: Iterable[Safety]) -> RiskAssessment | None:
    """The highest risk among earlier turns, of the gravest kind at that level; None below ELEVATED."""
    risky = [safety for safety in past if safety.level >= RISK_LEVEL_ELEVATED]
    worst = max(risky, key=lambda safety: (safety.level, _gravity(safety.kind)), default=None)
    return None if worst is None else RiskAssessment(level=worst.level, kind=worst.kind)


def _gravity(kind: RiskKind.ValueType) -> int:
    """The contract lists the kinds with the gravest first, after the unspecified one."""
    return -kind if kind else min(-known for known in RiskKind.values()) - 1
