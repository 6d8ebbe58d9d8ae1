"""Words a reply from vetted material: acknowledge, then one move of the protocol, then perhaps one small step."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from voicecbt.rag.compose.choice import fresh_text, seed_of
from voicecbt.rag.compose.draft import Draft
from voicecbt.rag.compose.intents import intent_of
from voicecbt.rag.compose.phases import next_move
from voicecbt.rag.compose.safety import GENERATOR as SAFETY_GENERATOR
from voicecbt.rag.compose.safety import TECHNIQUE as SAFETY_TECHNIQUE
from voicecbt.rag.compose.safety import SafetySpeaker
from voicecbt.rag.compose.selection import SUPPORTIVE, Wanted, choose_acknowledgement, choose_response
from voicecbt.rag.compose.sentences import sentences_of
from voicecbt.rag.compose.slots import Slots
from voicecbt.rag.compose.tips import LEAST_SCORE, choose_tip
from voicecbt.rag.compose.wording import Wording
from voicecbt.rag.domain import Citation, ProtocolPosition, Reply, ReplyRequest, RiskLevel
from voicecbt.rag.serving import ServingKnowledge

GENERATOR = "composer"
_PHASES_WITH_A_STEP = ("reframing", "practising")


class KnowledgeSource(Protocol):
    """Has the version that serves now."""

    @property
    def current(self) -> ServingKnowledge:
        """Taken once for each reply."""


class ResponseSearch(Protocol):
    """Finds the responses near to what was said."""

    async def response_similarities(self, knowledge: ServingKnowledge, text: str) -> dict[str, float]:
        """Cosine similarity by response id; empty when search is down."""


class Composer:
    """The generator that needs no language model. Deterministic: the same request gets the same reply."""

    def __init__(self, knowledge: KnowledgeSource, retriever: ResponseSearch, wording: Wording) -> None:
        self._knowledge = knowledge
        self._retriever = retriever
        self._wording = wording
        self._slots = Slots(wording.slots)
        self._safety = SafetySpeaker(wording)

    async def generate(self, request: ReplyRequest) -> AsyncIterator[str | Reply]:
        """See GeneratorPort."""
        knowledge = self._knowledge.current
        request = self._safety.with_answer(request)
        if request.risk.bypass_generation or self._must_ask(request):
            parts = self._safety_reply(knowledge, request)
        elif simple := self._simple_reply(knowledge, request):
            parts = simple
        else:
            async for part in self._conversation(knowledge, request):
                yield part
            return
        for part in parts:
            yield part

    def _must_ask(self, request: ReplyRequest) -> bool:
        return request.risk.level >= RiskLevel.ELEVATED and self._safety.asks_now(request)

    def _safety_reply(self, knowledge: ServingKnowledge, request: ReplyRequest) -> list[str | Reply]:
        safety = self._safety.reply(knowledge, request)
        reply = Reply(
            text=safety.text,
            technique=SAFETY_TECHNIQUE,
            generator=SAFETY_GENERATOR,
            response_id=safety.response_id,
            knowledge_version=knowledge.version,
            helplines=safety.helplines,
            protocol=request.protocol,
        )
        return [*sentences_of(safety.text), reply]

    def _simple_reply(self, knowledge: ServingKnowledge, request: ReplyRequest) -> list[str | Reply]:
        """The answer to small talk, to a question about the companion, or to nothing; empty for real talk."""
        if request.language and not request.language.lower().startswith("en"):
            name, texts = "other_language", self._wording.fallback.other_language
        elif intent := intent_of(request.text, self._wording):
            name, texts = intent
        else:
            return []
        draft = Draft(request, self._wording)
        chosen = fresh_text(texts, request.history, seed_of(request))
        said = list(draft.add(chosen))
        response_id = f"{name.replace('_', '-')}-{texts.index(chosen) + 1}"
        return [*said, self._reply(knowledge, draft, _Move(SUPPORTIVE, response_id, position=request.protocol))]

    async def _conversation(self, knowledge: ServingKnowledge, request: ReplyRequest) -> AsyncIterator[str | Reply]:
        """Acknowledge at once; the rest follows as soon as the responses were searched."""
        draft = Draft(request, self._wording)
        for sentence in draft.add(self._opening(knowledge, request)):
            yield sentence
        move = await self._next(knowledge, request, draft)
        for sentence in draft.add(move.text):
            yield sentence
        yield self._reply(knowledge, draft, move)

    def _opening(self, knowledge: ServingKnowledge, request: ReplyRequest) -> str:
        if caution := self._safety.body_caution(knowledge, request):
            return caution
        seed = seed_of(request)
        said = [each.text for each in request.history if not each.by_person]
        chosen = choose_acknowledgement(knowledge.content.acknowledgements, request.feeling, said, seed)
        return chosen.plain if chosen else fresh_text(self._wording.fallback.neutral, request.history, seed)

    async def _next(self, knowledge: ServingKnowledge, request: ReplyRequest, draft: Draft) -> "_Move":
        """The protocol's move in vetted words, with a step from the best article where there is room for one."""
        topic = _topic_of(request)
        protocol = next_move(knowledge.content.protocols, request, topic)
        wanted = Wanted(
            protocol.step.phase, (protocol.step.technique or topic or SUPPORTIVE, SUPPORTIVE), request.feeling
        )
        nearness = await self._retriever.response_similarities(knowledge, request.text)
        seed = seed_of(request)
        response = choose_response(knowledge.responses.values(), wanted, nearness, request, draft.text)
        if response is None:
            text = fresh_text(self._wording.fallback.supportive, request.history, seed)
            move = _Move(SUPPORTIVE, "supportive-fallback", text, position=protocol.position)
        else:
            text = self._slots.fill(response, request.text, request.feeling)
            move = _Move(response.technique, response.id, text, position=protocol.position)
        return self._with_step(knowledge, request, draft, move, protocol.step.phase)

    def _with_step(
        self, knowledge: ServingKnowledge, request: ReplyRequest, draft: Draft, move: "_Move", phase: str
    ) -> "_Move":
        articles = {article.id: article for article in knowledge.content.articles}
        tip = choose_tip(request.passages, articles, request.history) if phase in _PHASES_WITH_A_STEP else None
        if tip is None:
            return move
        lead = fresh_text(self._wording.fallback.tip_lead, request.history, seed_of(request))
        text = f"{lead} {tip.text} {move.text}"
        technique = request.passages[0].technique if move.technique == SUPPORTIVE else move.technique
        extended = replace(move, text=text, technique=technique, citations=(tip.citation,))
        return extended if draft.room_for(text) else move

    def _reply(self, knowledge: ServingKnowledge, draft: Draft, move: "_Move") -> Reply:
        request = draft.request
        worried = request.risk.level >= RiskLevel.ELEVATED
        return Reply(
            text=draft.text,
            technique=move.technique,
            generator=GENERATOR,
            response_id=move.response_id,
            knowledge_version=knowledge.version,
            citations=move.citations,
            helplines=self._safety.helplines(knowledge, request) if worried else (),
            protocol=move.position,
        )


@dataclass(frozen=True, slots=True)
class _Move:
    """The main part of a reply."""

    technique: str
    response_id: str
    text: str = ""
    citations: tuple[Citation, ...] = ()
    position: ProtocolPosition = field(default_factory=ProtocolPosition)


def _topic_of(request: ReplyRequest) -> str:
    """The technique that fits what was said; empty where no article fits well."""
    best = request.passages[0] if request.passages else None
    return best.technique if best and best.score >= LEAST_SCORE else ""
