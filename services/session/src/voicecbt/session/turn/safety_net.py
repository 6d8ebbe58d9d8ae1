"""When a turn fails before its risk was assessed: a person in danger must see where help is, turn or no turn."""

import asyncio
from dataclasses import dataclass

from voicecbt.session.ports import PortFailed, RiskAssessor
from voicecbt.session.turn.budgets import Budgets
from voicecbt.session.turn.fallback import FallbackWording
from voicecbt.session.turn.scope import TurnScope
from voicecbt.stubs.rag.v1.rag_pb2 import RISK_LEVEL_ELEVATED, RiskAssessment
from voicecbt.stubs.session.v1.session_pb2 import SafetyNotice
from voicecbt.stubs.session.v1.turn_pb2 import Safety


@dataclass(frozen=True, slots=True)
class SafetyNet:
    """Needs no store. Never fails: danger that cannot be ruled out counts as danger."""

    risks: RiskAssessor
    wording: FallbackWording
    budgets: Budgets

    async def __call__(self, scope: TurnScope) -> None:
        """Tells of helplines, unless the turn got as far as its own assessment or there is no sign of danger."""
        if "safety_ms" in scope.timings or "safety" in scope.degraded:
            return
        risk = await self._assess(scope)
        if risk.level >= RISK_LEVEL_ELEVATED:
            helplines = self.wording.helplines_for(scope.country)
            safety = Safety(level=risk.level, kind=risk.kind, helplines=helplines)
            await scope.tell(SafetyNotice(safety=safety))

    async def _assess(self, scope: TurnScope) -> RiskAssessment:
        try:
            async with scope.stage("safety_net", "rag"), asyncio.timeout(self.budgets.risk):
                return await self.risks.assess(scope.utterance.text, (), scope.language)
        except (PortFailed, TimeoutError):
            return RiskAssessment(level=RISK_LEVEL_ELEVATED)
