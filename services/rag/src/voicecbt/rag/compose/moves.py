"""The main part of a reply: the protocol's move, standing on an article where one fits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from voicecbt.rag.compose.choice import fresh_text, seed_of
from voicecbt.rag.compose.cues import asks_for_help, is_glad
from voicecbt.rag.compose.draft import Draft
from voicecbt.rag.compose.phases import FIRST_PROTOCOL, Move, next_move
from voicecbt.rag.compose.quotes import Quote, QuoteKind, choose_quote
from voicecbt.rag.compose.selection import SUPPORTIVE, Wanted, choose_response
from voicecbt.rag.compose.sentences import sentences_of
from voicecbt.rag.compose.slots import Slots
from voicecbt.rag.compose.thread import LEAST_SCORE, Thread, relevant_passages
from voicecbt.rag.compose.wording import Wording
from voicecbt.rag.domain import Citation, Passage, ProtocolPosition, ReplyRequest
from voicecbt.rag.serving import ServingKnowledge

# Where the protocol itself wants something to try; elsewhere an article explains.
_STEP_STATE = "practise"
_EXPLAINING_PHASES = ("opening", "exploring", "reframing")
_REFLECT_FIRST_TURNS = 1
# A question that leans on the sentences before it cannot be asked alone.
_LEANS = re.compile(
    r"\b(?:it|its|these|they|them|their|one|ones|this|there|then|that part|that word|most likely|comes to mind)\b"
    r"|\bfirst\?|^shall we",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said after the acknowledgement, and where the conversation then stands."""

    technique: str
    response_id: str
    text: str = ""
    citations: tuple[Citation, ...] = ()
    position: ProtocolPosition = field(default_factory=ProtocolPosition)


@dataclass(frozen=True, slots=True)
class Moment:
    """What one reply is chosen from: `passages` best first, `nearness` the cosine by response id.

    `draft` holds the acknowledgement.
    """

    knowledge: ServingKnowledge
    request: ReplyRequest
    thread: Thread
    draft: Draft
    passages: Sequence[Passage]
    nearness: Mapping[str, float]


class Mover:
    """Chooses the move and its words."""

    def __init__(self, wording: Wording, slots: Slots) -> None:
        self._wording = wording
        self._slots = slots

    def move(self, moment: Moment) -> Spoken:
        """A step where the person or the protocol asks for one, else an explanation or a vetted response."""
        request, quotable = moment.request, moment.knowledge.quotable
        thread = moment.thread
        latest = relevant_passages(request.passages, quotable, thread)
        changed = thread.turns_to(latest, quotable)
        relevant = latest if changed else relevant_passages(moment.passages, quotable, thread)
        topic = thread.held if thread.held and not changed else thread.technique_of(relevant)
        move = next_move(moment.knowledge.content.protocols, request, topic)
        technique = move.step.technique or topic or SUPPORTIVE
        quote = self._quote(moment, move, relevant, topic)
        if quote and quote.kind is QuoteKind.STEP:
            technique = topic or next(each.technique for each in relevant if each.document_id == quote.document_id)
            return self._offer(moment, move, quote, technique)
        spoken = self._asked(moment, move, technique) or self._vetted(moment, move, technique)
        if quote is None:
            return spoken
        # What is explained is what the conversation is about from now on, also where the protocol only listens.
        return self._explained(moment, move, replace(spoken, technique=topic or technique), quote)

    def _quote(self, moment: Moment, move: Move, relevant: list[Passage], topic: str) -> Quote | None:
        """What of an article belongs here: nothing where there is good news, or nothing but an opening yet."""
        request, thread = moment.request, moment.thread
        if is_glad(request.feeling):
            return None
        quotable, history = moment.knowledge.quotable, request.history
        if asks_for_help(request.text, self._wording.cues):
            # An answer to this very question, before one to the conversation.
            asked = relevant_passages(request.passages, quotable, thread)
            return next(filter(None, (self._answer(moment, each) for each in (asked, relevant))), None)
        if move.step.id == _STEP_STATE:
            return choose_quote(relevant, quotable, history, QuoteKind.STEP, topic)
        if thread.content_turns <= _REFLECT_FIRST_TURNS or move.step.phase not in _EXPLAINING_PHASES:
            return None
        own_protocol = move.position.protocol_id != FIRST_PROTOCOL
        fitting = [each for each in relevant if each.technique == topic] if own_protocol else relevant
        return choose_quote(fitting, quotable, history, QuoteKind.EXPLAINS, topic)

    def _answer(self, moment: Moment, passages: list[Passage]) -> Quote | None:
        history = moment.request.history
        return choose_quote(passages, moment.knowledge.quotable, history, QuoteKind.STEP, "", LEAST_SCORE)

    def _offer(self, moment: Moment, move: Move, quote: Quote, technique: str) -> Spoken:
        """A step to try, as an offer."""
        request = moment.request
        lead = fresh_text(self._wording.fallback.step_lead, request.history, seed_of(request))
        ask = fresh_text(self._wording.fallback.step_ask, request.history, seed_of(request))
        return Spoken(
            technique=technique,
            response_id=f"step-{quote.document_id}-{quote.number}",
            text=f"{lead} {quote.text} {ask}",
            citations=(quote.citation,),
            position=move.position,
        )

    def _asked(self, moment: Moment, move: Move, technique: str) -> Spoken | None:
        """The state's own question, in a protocol where every state asks for another thing; None once it was asked."""
        if move.position.protocol_id == FIRST_PROTOCOL or _was_said(move.step.ask, moment.request):
            return None
        return Spoken(technique, _ask_id(move), move.step.ask, position=move.position)

    def _vetted(self, moment: Moment, move: Move, technique: str) -> Spoken:
        request = moment.request
        techniques = (SUPPORTIVE, technique) if is_glad(request.feeling) else (technique, SUPPORTIVE)
        wanted = Wanted(move.step.phase, techniques, request.feeling)
        responses = moment.knowledge.responses.values()
        response = choose_response(responses, wanted, moment.nearness, request, moment.thread, moment.draft.text)
        if response is None:
            text = fresh_text(self._wording.fallback.supportive, request.history, seed_of(request))
            return Spoken(technique, "supportive-fallback", text, position=move.position)
        text = self._slots.fill(response, request.text, request.feeling)
        return Spoken(techniques[0], response.id, text, position=move.position)

    def _explained(self, moment: Moment, move: Move, spoken: Spoken, quote: Quote) -> Spoken:
        """The explanation, then one question: the response's where it can stand alone, else the protocol's."""
        *_, question = sentences_of(spoken.text)
        response_id = spoken.response_id
        if not question.endswith("?") or _LEANS.search(question):
            question, response_id = move.step.ask, _ask_id(move)
        if _was_said(question, moment.request):
            question, response_id = spoken.text, spoken.response_id
        text = f"{quote.text} {question}"
        if not moment.draft.room_for(text):
            return spoken
        return replace(spoken, text=text, response_id=response_id, citations=(quote.citation,))


def _ask_id(move: Move) -> str:
    return f"{move.position.protocol_id}-{move.step.id}".replace("_", "-")


def _was_said(text: str, request: ReplyRequest) -> bool:
    return any(text in each.text for each in request.history if not each.by_person)
