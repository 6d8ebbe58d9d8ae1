"""Words a reply from vetted material: acknowledge, then one move of the protocol, then perhaps one small step."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Protocol

from voicecbt.rag.compose.choice import fresh_text, seed_of
from voicecbt.rag.compose.cues import gladdened
from voicecbt.rag.compose.draft import Draft
from voicecbt.rag.compose.intents import intent_of
from voicecbt.rag.compose.moves import Moment, Mover, Spoken
from voicecbt.rag.compose.safety import GENERATOR as SAFETY_GENERATOR
from voicecbt.rag.compose.safety import TECHNIQUE as SAFETY_TECHNIQUE
from voicecbt.rag.compose.safety import SafetySpeaker
from voicecbt.rag.compose.selection import SUPPORTIVE, choose_acknowledgement
from voicecbt.rag.compose.sentences import sentences_of
from voicecbt.rag.compose.slots import Slots
from voicecbt.rag.compose.thread import Thread, together
from voicecbt.rag.compose.wording import Wording
from voicecbt.rag.domain import Passage, Reply, ReplyRequest, RiskAssessment, RiskLevel
from voicecbt.rag.serving import ServingKnowledge

GENERATOR = "composer"
_THREAD_PASSAGES = 6


class KnowledgeSource(Protocol):
    """Has the version that serves now."""

    @property
    def current(self) -> ServingKnowledge:
        """Taken once for each reply."""


class Search(Protocol):
    """Finds the responses near to what was said, and the articles near to the whole conversation."""

    async def response_similarities(
        self, knowledge: ServingKnowledge, text: str, earlier: Sequence[str] = ()
    ) -> dict[str, float]:
        """Cosine similarity by response id, with what was said before; empty when search is down."""

    async def search(self, knowledge: ServingKnowledge, query: str, limit: int) -> list[Passage]:
        """The best passages, best first."""


class Composer:
    """The generator that needs no language model. Deterministic: the same request gets the same reply."""

    def __init__(self, knowledge: KnowledgeSource, retriever: Search, wording: Wording) -> None:
        self._knowledge = knowledge
        self._retriever = retriever
        self._wording = wording
        self._mover = Mover(wording, Slots(wording.slots))
        self._safety = SafetySpeaker(wording)

    async def generate(self, request: ReplyRequest) -> AsyncIterator[str | Reply]:
        """See GeneratorPort."""
        knowledge = self._knowledge.current
        answered = self._safety.with_answer(request)
        found = answered.risk if answered is not request else None
        request = answered
        if request.risk.bypass_generation or self._must_ask(request):
            parts = self._safety_reply(knowledge, request, found)
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

    def _safety_reply(
        self, knowledge: ServingKnowledge, request: ReplyRequest, found: RiskAssessment | None
    ) -> list[str | Reply]:
        safety = self._safety.reply(knowledge, request)
        reply = Reply(
            text=safety.text,
            technique=SAFETY_TECHNIQUE,
            generator=SAFETY_GENERATOR,
            response_id=safety.response_id,
            knowledge_version=knowledge.version,
            helplines=safety.helplines,
            protocol=request.protocol,
            risk=found,
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
        return [*said, self._reply(knowledge, draft, Spoken(SUPPORTIVE, response_id, position=request.protocol))]

    async def _conversation(self, knowledge: ServingKnowledge, request: ReplyRequest) -> AsyncIterator[str | Reply]:
        """Acknowledge at once; the rest follows as soon as the responses were searched."""
        request = replace(request, feeling=gladdened(request.text, request.feeling, self._wording.cues))
        draft, thread = Draft(request, self._wording), Thread.of(request)
        for sentence in draft.add(self._opening(knowledge, request, thread)):
            yield sentence
        earlier = [each.text for each in request.history if each.by_person]
        nearness = await self._retriever.response_similarities(knowledge, request.text, earlier)
        of_thread = await self._retriever.search(knowledge, thread.spoken, _THREAD_PASSAGES)
        passages = together(request.passages, of_thread)
        move = self._mover.move(Moment(knowledge, request, thread, draft, passages, nearness))
        for sentence in draft.add(move.text):
            yield sentence
        yield self._reply(knowledge, draft, move)

    def _opening(self, knowledge: ServingKnowledge, request: ReplyRequest, thread: Thread) -> str:
        if caution := self._safety.body_caution(knowledge, request):
            return caution
        seed = seed_of(request)
        said = [each.text for each in request.history if not each.by_person]
        chosen = choose_acknowledgement(knowledge.content.acknowledgements, request.feeling, said, thread, seed)
        return chosen.plain if chosen else fresh_text(self._wording.fallback.neutral, request.history, seed)

    def _reply(self, knowledge: ServingKnowledge, draft: Draft, move: Spoken) -> Reply:
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
