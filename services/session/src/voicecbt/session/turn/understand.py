"""Stage 2, understand: emotion, risk, retrieval and what is known of the person, all at once.

Each has its own budget and its own answer to being late or down. Risk is the only one that may change what the others
do: a crisis is answered at once, since the safety protocol needs none of them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from voicecbt.kit import metrics
from voicecbt.session.ports import EmotionDetector, PersonContexts, PortFailed, Retriever, RiskAssessor
from voicecbt.session.turn.budgets import Budgets
from voicecbt.session.turn.danger import is_crisis, unknown_risk
from voicecbt.session.turn.fallback import FallbackWording
from voicecbt.session.turn.record import emotion_name
from voicecbt.session.turn.scope import TurnScope
from voicecbt.stubs.emotion.v1.emotion_pb2 import EmotionEstimate
from voicecbt.stubs.rag.v1.rag_pb2 import PersonContext, RetrieveResponse, RiskAssessment
from voicecbt.stubs.session.v1.turn_pb2 import EmotionDetected, Safety


@dataclass(slots=True)
class Understanding:
    """What is known so far: all of it when the reply is worded, or in a crisis the risk alone.

    The emotion of a crisis may still come while it is being answered.
    """

    risk: RiskAssessment = field(default_factory=unknown_risk)
    # True when the assessment could not be made, and `risk` is the cautious stand-in.
    risk_unknown: bool = False
    emotion: EmotionEstimate | None = None
    retrieved: RetrieveResponse = field(default_factory=RetrieveResponse)
    person: PersonContext = field(default_factory=PersonContext)


@dataclass(frozen=True, slots=True)
class Understand:
    """Asks the four at once and waits for all, each no longer than its budget; in a crisis for the risk only."""

    emotions: EmotionDetector
    risks: RiskAssessor
    retriever: Retriever
    contexts: PersonContexts
    wording: FallbackWording
    budgets: Budgets

    @asynccontextmanager
    async def __call__(self, scope: TurnScope) -> AsyncIterator[Understanding]:
        """For the block that answers. Never fails: what is missing is missing, and said to be."""
        if not scope.profile.known:
            # The conversation goes on without it, and asks again: recorded, but not announced.
            scope.degraded.append("profile")
        known = Understanding()
        async with asyncio.TaskGroup() as group:
            emotion = group.create_task(self._emotion(scope, known))
            others = {group.create_task(ask(scope, known)) for ask in (self._retrieve, self._context)}
            await self._risk(scope, known)
            if known.risk.bypass_generation:
                for other in others:
                    other.cancel()
            else:
                await asyncio.wait({emotion, *others})
            yield known
            emotion.cancel()

    async def _emotion(self, scope: TurnScope, known: Understanding) -> None:
        if scope.profile.emotion_off:
            return
        utterance = scope.utterance
        try:
            async with scope.stage("emotion", "emotion"), asyncio.timeout(self.budgets.emotion):
                estimate = await self.emotions.detect(utterance.audio, utterance.text, scope.language, scope.user_id)
        except (PortFailed, TimeoutError):
            await scope.degrade("emotion", "I cannot read the tone of voice at the moment; I go by the words.")
            return
        scope.mark("emotion_ms")
        if emotion := emotion_name(estimate):
            metrics.emotions_detected.labels(emotion_type=emotion).inc()
        known.emotion = estimate
        await scope.tell(EmotionDetected(estimate=estimate))

    async def _risk(self, scope: TurnScope, known: Understanding) -> None:
        danger = scope.danger
        try:
            async with scope.stage("safety", "rag"), asyncio.timeout(self.budgets.risk):
                known.risk = await self.risks.assess(scope.utterance.text, danger.earlier, scope.language, danger.known)
        except (PortFailed, TimeoutError):
            known.risk_unknown = True
            await scope.degrade("safety", "I cannot check for danger at the moment, so I add where to find help.")
        else:
            scope.mark("safety_ms")
        danger.assessed = known.risk
        # Where help is stands on the screen before anything is worded; rag's own list replaces it with the reply.
        helpful = known.risk_unknown or is_crisis(known.risk)
        helplines = self.wording.helplines_for(scope.country) if helpful else ()
        await scope.tell_safety(Safety(level=known.risk.level, kind=known.risk.kind, helplines=helplines))

    async def _retrieve(self, scope: TurnScope, known: Understanding) -> None:
        try:
            async with scope.stage("retrieval", "rag"), asyncio.timeout(self.budgets.retrieval):
                known.retrieved = await self.retriever.retrieve(
                    scope.utterance.text, scope.danger.earlier, scope.language
                )
        except (PortFailed, TimeoutError):
            await scope.degrade("retrieval", "I cannot look things up at the moment; I answer from the basics.")
        else:
            scope.mark("retrieval_ms")

    async def _context(self, scope: TurnScope, known: Understanding) -> None:
        try:
            async with scope.stage("context", "journal"), asyncio.timeout(self.budgets.context):
                known.person = await self.contexts.context_of(scope.user_id)
        except (PortFailed, TimeoutError):
            # Nobody misses a mood score that merely colours the wording: recorded, but not announced.
            scope.degraded.append("context")
