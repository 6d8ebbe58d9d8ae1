"""Stage 2, understand: emotion, risk, retrieval and what is known of the person, all at once.

Each has its own budget and its own answer to being late or down. Risk is the only one that may change what the others
do: a crisis cancels retrieval, since the safety protocol answers without it.
"""

import asyncio
from dataclasses import dataclass, field

from voicecbt.kit import metrics
from voicecbt.session.ports import EmotionDetector, PersonContexts, PortFailed, Retriever, RiskAssessor
from voicecbt.session.turn.budgets import Budgets
from voicecbt.session.turn.record import PastTurn, emotion_name
from voicecbt.session.turn.scope import TurnScope
from voicecbt.stubs.emotion.v1.emotion_pb2 import EmotionEstimate
from voicecbt.stubs.rag.v1.rag_pb2 import RISK_LEVEL_ELEVATED, PersonContext, RetrieveResponse, RiskAssessment
from voicecbt.stubs.session.v1.session_pb2 import SafetyNotice
from voicecbt.stubs.session.v1.turn_pb2 import EmotionDetected, Safety


@dataclass(frozen=True, slots=True)
class Understanding:
    """What is known before the reply is worded."""

    risk: RiskAssessment
    # True when the assessment could not be made, and `risk` is the cautious stand-in.
    risk_unknown: bool = False
    emotion: EmotionEstimate | None = None
    retrieved: RetrieveResponse = field(default_factory=RetrieveResponse)
    person: PersonContext = field(default_factory=PersonContext)


@dataclass(frozen=True, slots=True)
class Understand:
    """Asks the four at once and waits for all of them, each no longer than its budget."""

    emotions: EmotionDetector
    risks: RiskAssessor
    retriever: Retriever
    contexts: PersonContexts
    budgets: Budgets

    async def __call__(self, scope: TurnScope, history: tuple[PastTurn, ...]) -> Understanding:
        """Never fails: what is missing is missing, and said to be."""
        if not scope.profile.known:
            # The conversation goes on without it, and asks again: recorded, but not announced.
            scope.degraded.append("profile")
        async with asyncio.TaskGroup() as group:
            emotion = group.create_task(self._emotion(scope))
            retrieval = group.create_task(self._retrieve(scope))
            context = group.create_task(self._context(scope))
            risk = await self._risk(scope, history)
            if risk is not None and risk.bypass_generation:
                retrieval.cancel()
        return Understanding(
            risk=risk or RiskAssessment(level=RISK_LEVEL_ELEVATED),
            risk_unknown=risk is None,
            emotion=emotion.result(),
            retrieved=RetrieveResponse() if retrieval.cancelled() else retrieval.result(),
            person=context.result(),
        )

    async def _emotion(self, scope: TurnScope) -> EmotionEstimate | None:
        if scope.profile.emotion_off:
            return None
        utterance = scope.utterance
        try:
            async with scope.stage("emotion", "emotion"), asyncio.timeout(self.budgets.emotion):
                estimate = await self.emotions.detect(utterance.audio, utterance.text, scope.language, scope.user_id)
        except (PortFailed, TimeoutError):
            await scope.degrade("emotion", "I cannot read the tone of voice at the moment; I go by the words.")
            return None
        scope.mark("emotion_ms")
        if emotion := emotion_name(estimate):
            metrics.emotions_detected.labels(emotion_type=emotion).inc()
        await scope.tell(EmotionDetected(estimate=estimate))
        return estimate

    async def _risk(self, scope: TurnScope, history: tuple[PastTurn, ...]) -> RiskAssessment | None:
        earlier = [past.transcript for past in history]
        try:
            async with scope.stage("safety", "rag"), asyncio.timeout(self.budgets.risk):
                risk = await self.risks.assess(scope.utterance.text, earlier, scope.language)
        except (PortFailed, TimeoutError):
            await scope.degrade("safety", "I cannot check for danger at the moment, so I add where to find help.")
            return None
        scope.mark("safety_ms")
        await scope.tell(SafetyNotice(safety=Safety(level=risk.level, kind=risk.kind)))
        return risk

    async def _retrieve(self, scope: TurnScope) -> RetrieveResponse:
        try:
            async with scope.stage("retrieval", "rag"), asyncio.timeout(self.budgets.retrieval):
                retrieved = await self.retriever.retrieve(scope.utterance.text, scope.language)
        except (PortFailed, TimeoutError):
            await scope.degrade("retrieval", "I cannot look things up at the moment; I answer from the basics.")
            return RetrieveResponse()
        scope.mark("retrieval_ms")
        return retrieved

    async def _context(self, scope: TurnScope) -> PersonContext:
        try:
            async with scope.stage("context", "journal"), asyncio.timeout(self.budgets.context):
                return await self.contexts.context_of(scope.user_id)
        except (PortFailed, TimeoutError):
            # Nobody misses a mood score that merely colours the wording: recorded, but not announced.
            scope.degraded.append("context")
            return PersonContext()
