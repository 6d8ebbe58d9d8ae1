"""Hybrid retrieval: meaning (bge-small in Chroma), words (BM25) and a reranker, blended.

Each part may fail; text search in memory cannot, so a query always gets an answer.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import structlog

from voicecbt.models.errors import ModelError
from voicecbt.rag.blending import Weights, blend, reranker_score
from voicecbt.rag.candidates import Candidate, candidates
from voicecbt.rag.collections import ARTICLES, RESPONSES, Collections, CollectionsUnavailable
from voicecbt.rag.context import QueryPart, query_parts
from voicecbt.rag.domain import Passage
from voicecbt.rag.metrics import degraded_searches
from voicecbt.rag.ports import RerankerPort
from voicecbt.rag.query_vectors import QueryVectors
from voicecbt.rag.serving import ServingKnowledge

log = structlog.get_logger(__name__)

# Nothing to look for in more: a spoken turn is about 60 words, and the embedder reads 512 word pieces.
_QUERY_WORDS = 120
# Of a passage whose technique was asked for, so that it wins between equals and not against a better one.
_TECHNIQUE_BONUS = 0.05


# Chosen on the golden queries by `python -m voicecbt.rag.evaluate`; README.md has the table.
CHOSEN_WEIGHTS = Weights(passage=1.0, saying=1.0, words=0.5, reranker=0.2)


@dataclass(frozen=True, slots=True)
class SearchPolicy:
    """How much work one search may do, and what each signal weighs."""

    weights: Weights = CHOSEN_WEIGHTS
    rerank_passages: int = 3
    timeout_seconds: float = 0.5


class Retriever:
    """Searches a serving version."""

    def __init__(
        self, vectors: QueryVectors, collections: Collections, reranker: RerankerPort, policy: SearchPolicy
    ) -> None:
        self._vectors = vectors
        self._collections = collections
        self._reranker = reranker
        self._policy = policy

    async def search(
        self, knowledge: ServingKnowledge, query: str, limit: int, technique: str = "", earlier: Sequence[str] = ()
    ) -> list[Passage]:
        """The best passages, at most one an article, best first; scores 0 to 1. A part that is down is left out.

        `earlier` is what the person said before, oldest first; a query that says little leans on it.
        """
        parts = _parts(query, earlier)
        found = candidates(knowledge, parts, await self._nearest(ARTICLES, knowledge, parts))
        found.sort(key=lambda each: -blend(each.signals, self._policy.weights))
        best = await self._reranked(_as_one(parts), found[: self._policy.rerank_passages])
        scored = [(self._score(each, technique), each) for each in (*best, *found[len(best) :])]
        scored.sort(key=lambda pair: -pair[0])
        return [_passage(each, score) for score, each in scored[:limit] if score > 0]

    async def response_similarities(
        self, knowledge: ServingKnowledge, text: str, earlier: Sequence[str] = ()
    ) -> dict[str, float]:
        """Cosine similarity of each canned response to what was said; empty when search is down."""
        return await self._nearest(RESPONSES, knowledge, _parts(text, earlier))

    async def _nearest(
        self, collection: str, knowledge: ServingKnowledge, parts: Sequence[QueryPart]
    ) -> dict[str, float]:
        """Cosine similarity of every entry by id; empty when that part of the search is down or slow."""
        size = len(knowledge.chunks) if collection == ARTICLES else len(knowledge.responses)
        try:
            async with asyncio.timeout(self._policy.timeout_seconds):
                vector = await self._vectors.blend(parts)
                nearest = await self._collections.nearest(collection, knowledge.version, vector, size)
        except (ModelError, CollectionsUnavailable, TimeoutError) as error:
            _report(collection, error)
            return {}
        length = float(np.linalg.norm(vector))
        return {entry: cosine * length for entry, cosine in nearest.items()}

    async def _reranked(self, query: str, best: Sequence[Candidate]) -> list[Candidate]:
        """The same candidates with what the reranker thinks of them; unchanged where it is down or slow.

        It reads the title and the nearest saying: against the instructional text itself it did worse than
        no reranker on first-person distress, and cost three times as much.
        """
        texts = [f"{each.passage.article.title}. {each.saying}" for each in best]
        try:
            async with asyncio.timeout(self._policy.timeout_seconds):
                logits = await self._reranker.score(query, texts) if texts else ()
        except (ModelError, TimeoutError) as error:
            _report("reranker", error)
            return list(best)
        return [
            replace(each, signals=replace(each.signals, reranker=reranker_score(float(logit))))
            for each, logit in zip(best, logits, strict=True)
        ]

    def _score(self, candidate: Candidate, technique: str) -> float:
        wanted = bool(technique) and candidate.passage.article.technique == technique
        return blend(candidate.signals, self._policy.weights) + _TECHNIQUE_BONUS * wanted


def _parts(query: str, earlier: Sequence[str]) -> tuple[QueryPart, ...]:
    cut = [" ".join(each.split()[:_QUERY_WORDS]) for each in (*earlier, query)]
    return query_parts(cut[-1], cut[:-1])


def _as_one(parts: Sequence[QueryPart]) -> str:
    """What the reranker reads: the query, after the utterance before it where that one weighs as much."""
    query, *before = parts
    return f"{before[0].text} {query.text}" if before and before[0].share * 2 >= query.share else query.text


def _passage(candidate: Candidate, score: float) -> Passage:
    article = candidate.passage.article
    return Passage(
        document_id=article.id,
        title=article.title,
        category=article.category,
        technique=article.technique,
        text=candidate.passage.text,
        score=round(min(score, 1.0), 4),
        sources=article.sources,
    )


def _report(part: str, error: Exception) -> None:
    degraded_searches.labels(part=part).inc()
    log.warning("search goes on without a part", part=part, error_type=type(error).__name__)
