"""Whole conversations with the real models and content: one thread, nothing presupposed, grounded in articles."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from voicecbt.rag.compose.composer import Composer
from voicecbt.rag.compose.sentences import sentences_of
from voicecbt.rag.compose.thread import says
from voicecbt.rag.compose.wording import load_wording
from voicecbt.rag.domain import Emotion, Feeling, ProtocolPosition, Reply, ReplyRequest, Severity, Utterance
from voicecbt.rag.golden import RankingQuality, quality
from voicecbt.rag.knowledge import KnowledgeBase
from voicecbt.rag.retrieval import Retriever
from voicecbt.rag.risk.assess import RiskAssessor
from voicecbt.rag.risk.normalise import normalise
from voicecbt.rag.validation import violations

pytestmark = pytest.mark.integration

DATA = Path(__file__).parent / "data"
SUPPORTIVE = "supportive_listening"
GROUNDED_BY_TURN = 3


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Turn(_Item):
    """What the person says, and what is heard in it."""

    text: str
    emotion: Emotion


class Dialogue(_Item):
    """See data/dialogues.yaml."""

    id: str
    techniques: frozenset[str]
    unsaid: tuple[str, ...]
    category: frozenset[str]
    turns: tuple[Turn, ...]


class TwoTurnQuery(_Item):
    """See data/two_turn_queries.yaml."""

    earlier: tuple[str, ...]
    query: str
    articles: tuple[str, ...]


DIALOGUES = TypeAdapter(list[Dialogue]).validate_python(yaml.safe_load((DATA / "dialogues.yaml").read_text("utf-8")))
TWO_TURNS = TypeAdapter(list[TwoTurnQuery]).validate_python(
    yaml.safe_load((DATA / "two_turn_queries.yaml").read_text("utf-8"))
)


class Bench(Protocol):
    """The knowledge and the search over it; see conftest.py."""

    @property
    def base(self) -> KnowledgeBase: ...
    @property
    def retriever(self) -> Retriever: ...


class OpenBench(Protocol):
    """See conftest.py."""

    def __call__(self, data_dir: Path, content: Path) -> AbstractAsyncContextManager[Bench]: ...


@pytest.fixture
async def bench(open_bench: OpenBench, whole_built: Path, knowledge_dir: Path) -> AsyncIterator[Bench]:
    async with open_bench(whole_built, knowledge_dir) as opened:
        yield opened


async def _talk(bench: Bench, dialogue: Dialogue) -> list[Reply]:
    composer = Composer(bench.base, bench.retriever, load_wording())
    history: list[Utterance] = []
    replies: list[Reply] = []
    for turn in dialogue.turns:
        said = [each.text for each in history if each.by_person]
        passages = await bench.retriever.search(bench.base.current, turn.text, 6, earlier=said)
        request = ReplyRequest(
            text=turn.text,
            risk=RiskAssessor().assess(turn.text, said),
            history=tuple(history),
            feeling=Feeling(turn.emotion, Severity.MODERATE),
            passages=tuple(passages),
            protocol=replies[-1].protocol if replies else ProtocolPosition(),
        )
        *_, reply = [part async for part in composer.generate(request)]
        assert isinstance(reply, Reply)
        replies.append(reply)
        companion = Utterance(False, reply.text, reply.technique, reply.response_id)
        history += [Utterance(True, turn.text), companion]
    return replies


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.id)
async def test_a_conversation_keeps_its_thread(bench: Bench, dialogue: Dialogue) -> None:
    replies = await _talk(bench, dialogue)
    assert [reply.generator for reply in replies] == ["composer"] * len(replies)
    techniques = [reply.technique for reply in replies if reply.technique != SUPPORTIVE]
    assert techniques and set(techniques) <= dialogue.techniques
    assert len(set(techniques)) == 1, "one technique, once it is chosen"
    assert len({reply.response_id for reply in replies}) == len(replies)
    assert len({reply.text for reply in replies}) == len(replies)
    for reply in replies:
        assert not says(normalise(reply.text), dialogue.unsaid)
        assert violations(reply.text) == []
        assert reply.text.count("?") <= 1


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.id)
async def test_a_conversation_is_grounded_and_reflects_first(bench: Bench, dialogue: Dialogue) -> None:
    replies = await _talk(bench, dialogue)
    articles = {article.id: article for article in bench.base.current.content.articles}
    cited = [articles[each.document_id] for reply in replies[:GROUNDED_BY_TURN] for each in reply.citations]
    assert dialogue.category & {article.category for article in cited}
    assert not replies[0].citations, "first it listens"
    for reply in replies:
        first, *_ = sentences_of(reply.text)
        quotable = [bench.base.current.quotable[each.document_id] for each in reply.citations]
        quoted = [each for source in quotable for each in (*source.explains, *source.steps) if each in reply.text]
        assert len(quoted) == len(reply.citations), "what is cited is said, word for word"
        assert not first.endswith("?") and first not in " ".join(quoted)


async def test_who_asks_for_help_gets_a_step_at_once(bench: Bench) -> None:
    turn = Turn(text="I lie awake worrying every night, what can I do?", emotion=Emotion.ANXIETY)
    (reply,) = await _talk(bench, DIALOGUES[0].model_copy(update={"turns": (turn,)}))
    (citation,) = reply.citations
    assert any(step in reply.text for step in bench.base.current.quotable[citation.document_id].steps)


async def test_the_same_conversation_gets_the_same_replies(bench: Bench) -> None:
    assert await _talk(bench, DIALOGUES[0]) == await _talk(bench, DIALOGUES[0])


async def test_a_new_topic_takes_over_from_the_old_one(bench: Bench) -> None:
    turns = (
        *DIALOGUES[0].turns[:2],
        Turn(text="And my mother died in March, I am grieving and I miss her terribly", emotion=Emotion.SADNESS),
    )
    *_, before, after = await _talk(bench, DIALOGUES[0].model_copy(update={"turns": turns}))
    assert before.technique != after.technique
    assert {each.document_id for each in after.citations} <= {"grief-no-timetable", "grief-back-and-forth"}


async def test_what_was_said_before_helps_a_short_message_and_harms_no_other(bench: Bench) -> None:
    async def found(queries: list[tuple[str, tuple[str, ...]]], wanted: list[tuple[str, ...]]) -> RankingQuality:
        search, knowledge = bench.retriever.search, bench.base.current
        found = [await search(knowledge, query, 10, earlier=earlier) for query, earlier in queries]
        return quality([[passage.document_id for passage in each] for each in found], wanted)

    wanted = [each.articles for each in TWO_TURNS]
    alone = await found([(each.query, ()) for each in TWO_TURNS], wanted)
    with_context = await found([(each.query, each.earlier) for each in TWO_TURNS], wanted)
    assert alone.recall_at_5 < 0.5 < 0.8 <= with_context.recall_at_5
    golden = bench.base.current.content.golden
    elsewhere = [(each.query, (golden[index - 1].query,)) for index, each in enumerate(golden)]
    assert (await found(elsewhere, [each.articles for each in golden])).recall_at_5 >= 0.85
