"""Articles that may answer a query, with the best evidence for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from voicecbt.rag.blending import Signals, cosine_score, word_scores
from voicecbt.rag.chunking import Chunk, ChunkKind
from voicecbt.rag.context import QueryPart
from voicecbt.rag.serving import ServingKnowledge


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article; `passage` is its piece that fits best, `saying` how a person would put it."""

    passage: Chunk
    saying: str
    signals: Signals


def candidates(
    knowledge: ServingKnowledge, parts: Sequence[QueryPart], cosines: Mapping[str, float]
) -> list[Candidate]:
    """Every article, unsorted. `cosines` by chunk id; empty when dense search is down."""
    words = sum(word_scores(knowledge.text_index.scores(part.text)) * np.float32(part.share) for part in parts)
    shares = np.broadcast_to(words, len(knowledge.text_chunks))
    by_words = {chunk.id: float(score) for chunk, score in zip(knowledge.text_chunks, shares, strict=True)}
    return [_candidate(chunks, by_words, cosines) for chunks in knowledge.by_article.values()]


def _candidate(chunks: tuple[Chunk, ...], by_words: Mapping[str, float], cosines: Mapping[str, float]) -> Candidate:
    sayings = [chunk for chunk in chunks if chunk.kind is ChunkKind.SAYING]
    longer = [chunk for chunk in chunks if chunk.kind is not ChunkKind.SAYING]
    passages = [chunk for chunk in longer if chunk.kind is ChunkKind.PASSAGE]
    saying = max(sayings, key=lambda chunk: cosines.get(chunk.id, 0.0))
    return Candidate(
        passage=max(passages, key=lambda chunk: (cosines.get(chunk.id, 0.0), by_words[chunk.id])),
        saying=saying.text,
        signals=Signals(
            passage=_best_cosine(longer, cosines),
            saying=_best_cosine(sayings, cosines),
            words=max(by_words[chunk.id] for chunk in longer),
        ),
    )


def _best_cosine(chunks: list[Chunk], cosines: Mapping[str, float]) -> float | None:
    return cosine_score(max(cosines.get(chunk.id, 0.0) for chunk in chunks)) if cosines else None
