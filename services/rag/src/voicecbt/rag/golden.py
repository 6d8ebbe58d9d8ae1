"""How good a ranking is on the golden queries."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

RECALL_DEPTH = 5
GAIN_DEPTH = 10


@dataclass(frozen=True, slots=True)
class RankingQuality:
    """Means over all queries, each 0 to 1."""

    recall_at_5: float
    ndcg_at_10: float
    mrr: float


def quality(rankings: Sequence[Sequence[str]], relevant: Sequence[Sequence[str]]) -> RankingQuality:
    """Compare ranked article ids, best first, with the relevant ones of each query."""
    pairs = list(zip(rankings, relevant, strict=True))
    return RankingQuality(
        recall_at_5=_mean([_recall(ranked, set(wanted)) for ranked, wanted in pairs]),
        ndcg_at_10=_mean([_ndcg(ranked, set(wanted)) for ranked, wanted in pairs]),
        mrr=_mean([_reciprocal_rank(ranked, set(wanted)) for ranked, wanted in pairs]),
    )


def _recall(ranked: Sequence[str], wanted: set[str]) -> float:
    return len(wanted & set(ranked[:RECALL_DEPTH])) / min(RECALL_DEPTH, len(wanted))


def _ndcg(ranked: Sequence[str], wanted: set[str]) -> float:
    gain = sum(1 / math.log2(rank + 2) for rank, each in enumerate(ranked[:GAIN_DEPTH]) if each in wanted)
    return gain / sum(1 / math.log2(rank + 2) for rank in range(min(GAIN_DEPTH, len(wanted))))


def _reciprocal_rank(ranked: Sequence[str], wanted: set[str]) -> float:
    return next((1 / (rank + 1) for rank, each in enumerate(ranked) if each in wanted), 0.0)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
