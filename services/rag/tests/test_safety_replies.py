"""What is said in danger, over the real content: to the right person, and told back to the session."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from voicecbt.rag.compose.composer import Composer
from voicecbt.rag.compose.wording import load_wording
from voicecbt.rag.converters import reply_to_proto
from voicecbt.rag.domain import Passage, Reply, ReplyRequest, RiskKind, RiskLevel, Utterance
from voicecbt.rag.risk.assess import RiskAssessor
from voicecbt.rag.serving import ServingKnowledge
from voicecbt.stubs.rag.v1 import rag_pb2

pytestmark = pytest.mark.integration

ASSESSOR = RiskAssessor()
ASKED = Utterance(
    False, "I'm glad you told me. Are you thinking about ending your life?", "safety", "safety-elevated-2"
)


class Serving:
    """Content without a Chroma behind it."""

    def __init__(self, knowledge: ServingKnowledge) -> None:
        self.current = knowledge

    async def response_similarities(
        self, knowledge: ServingKnowledge, text: str, earlier: Sequence[str] = ()
    ) -> dict[str, float]:
        return {}

    async def search(self, knowledge: ServingKnowledge, query: str, limit: int) -> list[Passage]:
        return []


@pytest.fixture(scope="module")
def composer(knowledge_dir: Path) -> Composer:
    serving = Serving(ServingKnowledge.load("kb-test", knowledge_dir, 150))
    return Composer(serving, serving, load_wording())


async def _reply(composer: Composer, text: str, history: tuple[Utterance, ...] = ()) -> Reply:
    earlier = [each.text for each in history if each.by_person]
    request = ReplyRequest(text, ASSESSOR.assess(text, earlier), history)
    reply = [part async for part in composer.generate(request)][-1]
    assert isinstance(reply, Reply)
    return reply


@pytest.mark.parametrize(
    "text",
    [
        "everyone would be better off without me",
        "they would be happier if I was gone",
        "people would be relieved if I died",
        "my brother said I should call you. everyone would be happier without me",
    ],
)
async def test_a_burden_felt_is_asked_about_as_the_speakers_own(composer: Composer, text: str) -> None:
    reply = await _reply(composer, text)
    assert reply.generator == "safety"
    assert not reply.response_id.startswith(("safety-another", "safety-past"))
    assert "somebody you care about" not in reply.text
    assert reply.helplines


async def test_worry_about_a_friend_is_still_answered_as_that(composer: Composer) -> None:
    assert (await _reply(composer, "my friend said she wants to die")).response_id.startswith("safety-another")


@pytest.mark.parametrize(
    "answer", ["yes", "um, yeah", "I am", "I do, sometimes", "honestly yes", "I think so", "yeah every night"]
)
async def test_a_confirmed_answer_is_told_back(composer: Composer, answer: str) -> None:
    history = (Utterance(True, "I wish I'd never been born"), ASKED)
    reply = await _reply(composer, answer, history)
    assert reply.generator == "safety"
    assert reply.risk is not None
    assert (reply.risk.level, reply.risk.kind) == (RiskLevel.HIGH, RiskKind.SUICIDE)
    assert reply.risk.bypass_generation
    message = reply_to_proto(reply)
    assert message.risk.level == rag_pb2.RISK_LEVEL_HIGH
    assert "context.confirmed" in {cue.rule_id for cue in message.risk.cues}


@pytest.mark.parametrize("answer", ["no", "I am fine", "of course not", "I have to go now", "maybe not"])
async def test_another_answer_finds_nothing_more(composer: Composer, answer: str) -> None:
    reply = await _reply(composer, answer, (Utterance(True, "I wish I'd never been born"), ASKED))
    assert reply.risk is None
    assert not reply_to_proto(reply).HasField("risk")


async def test_not_safe_is_told_back(composer: Composer) -> None:
    asked = Utterance(False, "I want to take what you said seriously. Are you safe right now?", "safety")
    reply = await _reply(composer, "not really", (Utterance(True, "I wish I'd never been born"), asked))
    assert reply.risk is not None and reply.risk.level is RiskLevel.HIGH


async def test_a_yes_to_an_ordinary_question_finds_nothing(composer: Composer) -> None:
    asked = Utterance(False, "Would you like to try a breathing exercise?", "grounding")
    assert (await _reply(composer, "yes", (Utterance(True, "I'm tense"), asked))).risk is None
