"""Blending, text search and the ranking figures."""

import numpy as np
import pytest

from voicecbt.rag.blending import Signals, Weights, blend, cosine_score, reranker_score, word_scores
from voicecbt.rag.chunking import ChunkKind, chunks_of
from voicecbt.rag.content_schema import Article
from voicecbt.rag.golden import quality
from voicecbt.rag.lexical import TextIndex
from voicecbt.rag.versions import version_name

pytestmark = pytest.mark.unit

WEIGHTS = Weights(1.0, 1.0, 0.5, 0.5)


def test_a_perfect_ranking_scores_one_and_an_empty_one_nothing() -> None:
    assert quality([["a", "b"]], [["a"]]).ndcg_at_10 == 1.0
    found = quality([["x", "a"], []], [["a"], ["b"]])
    assert (found.recall_at_5, found.mrr) == (0.5, 0.25)
    assert quality([], []).recall_at_5 == 0.0


def test_recall_looks_at_five_and_does_not_ask_for_more_than_five() -> None:
    assert quality([list("abcdef")], [["f"]]).recall_at_5 == 0.0
    assert quality([list("abcdefg")], [list("abcdefg")]).recall_at_5 == 1.0


def test_every_signal_raises_the_score_and_it_stays_within_bounds() -> None:
    low = blend(Signals(0.2, 0.2, 0.2, 0.2), WEIGHTS)
    for better in (
        Signals(0.9, 0.2, 0.2, 0.2),
        Signals(0.2, 0.9, 0.2, 0.2),
        Signals(0.2, 0.2, 0.9, 0.2),
        Signals(0.2, 0.2, 0.2, 0.9),
    ):
        assert low < blend(better, WEIGHTS) <= 1.0
    assert blend(Signals(1.0, 1.0, 1.0, 1.0), WEIGHTS) == pytest.approx(1.0)


def test_without_vectors_words_alone_decide() -> None:
    assert blend(Signals(None, None, 0.7), WEIGHTS) == 0.7


def test_scores_are_brought_to_nought_to_one() -> None:
    assert [cosine_score(value) for value in (-1.0, 0.4, 0.9, 1.0)] == [0.0, 0.0, 1.0, 1.0]
    assert 0 < reranker_score(-11.0) < reranker_score(-8.0) < reranker_score(8.0) < 1
    scaled = word_scores(np.array([0.0, 6.0, 600.0], dtype=np.float32))
    assert scaled[0] == 0 and scaled[1] == pytest.approx(0.5) and scaled[2] < 1


def test_text_search_stems_and_survives_queries_without_words() -> None:
    index = TextIndex(["worrying about exams all night", "breathing slowly and calmly"])
    scores = index.scores("I worry about an exam")
    assert scores[0] > scores[1] == 0
    for query in ("", "🙂", "zzzz", "\ud800".encode("utf-8", "replace").decode(), "the the the"):
        assert not index.scores(query).any()


def _article(body: str) -> Article:
    return Article.model_validate(
        {
            "id": "an-article",
            "title": "A title",
            "category": "worry",
            "technique": "worry_time",
            "emotions": ["anxiety"],
            "difficulty": "beginner",
            "language": "en",
            "sources": ["Someone, Something, 2020"],
            "keywords": ["I worry all the time", "what if it goes wrong"],
            "body": body,
        }
    )


def test_chunks_are_paragraph_groups_with_headings_and_without_markdown() -> None:
    body = "word " * 100 + "\n\n## What it is\n" + "thing " * 100 + "\n\n1. Do **this**.\n2. Then that."
    chunks = chunks_of(_article(body), 150)
    passages = [chunk for chunk in chunks if chunk.kind is ChunkKind.PASSAGE]
    assert len(passages) == 2
    assert passages[1].text.startswith("What it is: thing")
    assert passages[1].text.endswith("Do this. Then that.")
    assert [chunk.text for chunk in chunks if chunk.kind is ChunkKind.SAYING] == list(_article(body).keywords)
    assert len({chunk.id for chunk in chunks}) == len(chunks)


def test_a_version_is_named_after_content_model_and_cutting() -> None:
    name = version_name("digest", "model", 150)
    assert name == version_name("digest", "model", 150)
    assert name.startswith("kb-") and len(name) == 15
    others = {
        version_name("other", "model", 150),
        version_name("digest", "m2", 150),
        version_name("digest", "model", 99),
    }
    assert len(others | {name}) == 4
