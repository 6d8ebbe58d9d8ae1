"""One score from four: near in meaning to an article, or to what people say about it, words in common, reranker."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# bge-small puts unrelated English sentences near 0.4 and paraphrases near 0.9.
_COSINE_FLOOR, _COSINE_CEILING = 0.4, 0.9
# The BM25 score at which a text counts as half a match; about that of two rare words in common.
_BM25_HALF = 6.0
# The reranker's logit for a passage that helps although it does not answer: it was trained on web search.
_LOGIT_CENTRE, _LOGIT_SCALE = -8.0, 2.0


@dataclass(frozen=True, slots=True)
class Weights:
    """The share of each signal, 0 and up. Chosen by `python -m voicecbt.rag.evaluate`."""

    passage: float
    saying: float
    words: float
    reranker: float

    @property
    def total(self) -> float:
        """The best blended score before it is brought to 0..1."""
        return self.passage + self.saying + self.words + self.reranker


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an article, each 0 to 1; None where that part of the search was down."""

    passage: float | None
    saying: float | None
    words: float
    reranker: float | None = None


def blend(signals: Signals, weights: Weights) -> float:
    """The weighted mean, 0 to 1, over the parts that answered.

    The reranker reads only the best few: where it did not read, its share counts as nothing.
    """
    if signals.passage is None or signals.saying is None:
        return signals.words
    score = weights.passage * signals.passage + weights.saying * signals.saying + weights.words * signals.words
    return (score + weights.reranker * (signals.reranker or 0.0)) / weights.total


def cosine_score(cosine: float) -> float:
    """A cosine similarity brought to 0..1."""
    return min(max((cosine - _COSINE_FLOOR) / (_COSINE_CEILING - _COSINE_FLOOR), 0.0), 1.0)


def word_scores(bm25: NDArray[np.float32]) -> NDArray[np.float32]:
    """BM25 scores brought to 0..1, by a curve that flattens."""
    return bm25 / (bm25 + _BM25_HALF)


def reranker_score(logit: float) -> float:
    """A reranker's logit brought to 0..1."""
    return 1.0 / (1.0 + math.exp(-(logit - _LOGIT_CENTRE) / _LOGIT_SCALE))
