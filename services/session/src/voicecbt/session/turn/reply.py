"""Stage 3, reply: the answer, sentence by sentence; vetted wording of our own where rag falls silent."""

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass

from voicecbt.kit import metrics
from voicecbt.session.ports import PortFailed, Responder
from voicecbt.session.turn.budgets import Budgets
from voicecbt.session.turn.danger import is_crisis
from voicecbt.session.turn.fallback import SAFETY_TECHNIQUE, SUPPORT_TECHNIQUE, FallbackWording
from voicecbt.session.turn.record import PastTurn
from voicecbt.session.turn.scope import TurnScope
from voicecbt.session.turn.sentences import Sentences
from voicecbt.session.turn.understand import Understanding
from voicecbt.stubs.rag.v1 import rag_pb2
from voicecbt.stubs.session.v1.turn_pb2 import Safety


@dataclass(frozen=True, slots=True)
class Composed:
    """The finished reply. `message.text` is what was really said, sentence by sentence."""

    message: rag_pb2.Reply
    safety: Safety


@dataclass(frozen=True, slots=True)
class ComposeReply:
    """Asks rag for a reply and hands its sentences on as they come. Never fails and never stays silent."""

    responder: Responder
    wording: FallbackWording
    budgets: Budgets

    async def __call__(
        self, scope: TurnScope, known: Understanding, history: tuple[PastTurn, ...], sentences: Sentences
    ) -> Composed:
        """Says the reply into `sentences` and returns the whole."""
        request = _request(scope, known, history)
        try:
            async with scope.stage("reply", "rag"):
                reply = await self._generate(request, sentences)
        except (PortFailed, TimeoutError):
            await scope.degrade("generation", "I cannot find my own words at the moment; these are prepared ones.")
            reply = await self._fall_back(request, sentences, len(history))
        composed = await self._with_safety(scope, known, reply, sentences)
        scope.mark("reply_ms")
        metrics.responses_generated.labels(generator=composed.message.generator).inc()
        return composed

    async def _generate(self, request: rag_pb2.GenerateReplyRequest, sentences: Sentences) -> rag_pb2.Reply:
        whole: rag_pb2.Reply | None = None
        async with aclosing(self.responder.reply(request)) as events:
            while True:
                async with asyncio.timeout(self.budgets.sentence):
                    event = await anext(events, None)
                if event is None:
                    break
                if isinstance(event, rag_pb2.Reply):
                    whole = event
                else:
                    await sentences.say(event.text)
        if whole is None or not sentences.count:
            raise PortFailed("rag", "INCOMPLETE")
        return whole

    async def _fall_back(
        self, request: rag_pb2.GenerateReplyRequest, sentences: Sentences, turn_index: int
    ) -> rag_pb2.Reply:
        crisis = is_crisis(request.risk)
        if crisis:
            said: Iterable[str] = self.wording.crisis
        else:
            said = self.wording.unfinished if sentences.count else self.wording.reply(turn_index)
        for sentence in said:
            await sentences.say(sentence)
        return rag_pb2.Reply(
            technique=SAFETY_TECHNIQUE if crisis else SUPPORT_TECHNIQUE,
            protocol=request.protocol,
            helplines=self.wording.helplines_for(request.person.country) if crisis else (),
            generator="fallback",
        )

    async def _with_safety(
        self, scope: TurnScope, known: Understanding, reply: rag_pb2.Reply, sentences: Sentences
    ) -> Composed:
        """Adds where to find help when danger could not be checked for, and tells the client of every helpline."""
        found = reply.HasField("risk") and reply.risk.level >= known.risk.level
        risk = scope.danger.assessed = reply.risk if found else known.risk
        helplines = list(reply.helplines)
        if not helplines and (known.risk_unknown or is_crisis(risk)):
            helplines = self.wording.helplines_for(scope.country)
        if known.risk_unknown and not reply.helplines:
            for sentence in self.wording.helpline_note:
                await sentences.say(sentence)
        safety = Safety(level=risk.level, kind=risk.kind, helplines=helplines)
        if helplines or found:
            await scope.tell_safety(safety)
        whole = rag_pb2.Reply()
        whole.CopyFrom(reply)
        whole.text = sentences.text
        return Composed(whole, safety)


def _request(scope: TurnScope, known: Understanding, history: tuple[PastTurn, ...]) -> rag_pb2.GenerateReplyRequest:
    person = rag_pb2.PersonContext(mood_score=known.person.mood_score, country=scope.country)
    return rag_pb2.GenerateReplyRequest(
        text=scope.utterance.text,
        history=[utterance for past in history for utterance in _both_sides(past)],
        emotion=known.emotion,
        risk=known.risk,
        passages=() if known.risk.bypass_generation else known.retrieved.passages,
        protocol=history[-1].protocol if history else None,
        person=person,
        language=scope.language,
    )


def _both_sides(past: PastTurn) -> tuple[rag_pb2.Utterance, rag_pb2.Utterance]:
    return (
        rag_pb2.Utterance(speaker=rag_pb2.SPEAKER_PERSON, text=past.transcript),
        rag_pb2.Utterance(
            speaker=rag_pb2.SPEAKER_COMPANION,
            text=past.reply,
            technique=past.technique,
            response_id=past.response_id,
        ),
    )
