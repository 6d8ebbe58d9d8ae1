"""When a turn fails, or is refused: a person in danger must see where help is, turn or no turn."""

import asyncio
from dataclasses import dataclass

from voicecbt.session.ports import PortFailed, RiskAssessor
from voicecbt.session.turn.budgets import Budgets
from voicecbt.session.turn.danger import unknown_risk
from voicecbt.session.turn.fallback import FallbackWording
from voicecbt.session.turn.hear import MAX_TEXT_CHARACTERS
from voicecbt.session.turn.scope import TurnScope
from voicecbt.stubs.rag.v1.rag_pb2 import RISK_LEVEL_ELEVATED, RiskAssessment
from voicecbt.stubs.session.v1.turn_pb2 import Safety


@dataclass(frozen=True, slots=True)
class SafetyNet:
    """Needs no store. Never fails: danger that cannot be ruled out counts as danger."""

    risks: RiskAssessor
    wording: FallbackWording
    budgets: Budgets

    async def __call__(self, scope: TurnScope) -> None:
        """Tells of helplines, unless the turn has done so or there is no sign of danger."""
        if scope.danger.helplines_told or not scope.utterance.text:
            return
        risk = scope.danger.assessed or await self._assess(scope)
        if risk.level >= RISK_LEVEL_ELEVATED:
            helplines = self.wording.helplines_for(scope.country)
            await scope.tell_safety(Safety(level=risk.level, kind=risk.kind, helplines=helplines))

    async def _assess(self, scope: TurnScope) -> RiskAssessment:
        text, danger = scope.utterance.text, scope.danger
        if len(text) > MAX_TEXT_CHARACTERS:
            return unknown_risk()
        try:
            async with scope.stage("safety_net", "rag"), asyncio.timeout(self.budgets.risk):
                return await self.risks.assess(text, danger.earlier, scope.language, danger.known)
        except (PortFailed, TimeoutError):
            return unknown_risk()
