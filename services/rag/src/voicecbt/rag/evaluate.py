"""Measures retrieval on the golden queries, with and without each part: `python -m voicecbt.rag.evaluate [--json]`.

Builds the content folder into a temporary data folder; nothing that serves is touched.
"""

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from voicecbt.models.inference import open_embedder, open_reranker
from voicecbt.rag.blending import Weights
from voicecbt.rag.building import BuildPlan, KnowledgeBuilder
from voicecbt.rag.collections import Collections
from voicecbt.rag.golden import RankingQuality, quality
from voicecbt.rag.ports import EmbedderPort, RerankerPort
from voicecbt.rag.query_vectors import QueryVectors
from voicecbt.rag.retrieval import Retriever, SearchPolicy
from voicecbt.rag.serving import ServingKnowledge
from voicecbt.rag.versions import VersionStore

_PATIENT_SECONDS = 30.0  # a slow machine must not turn into a degraded ranking here
_CHOSEN = SearchPolicy()

ABLATIONS: dict[str, SearchPolicy] = {
    "text only (BM25)": SearchPolicy(Weights(0.0, 0.0, 1.0, 0.0), 0, _PATIENT_SECONDS),
    "dense, passages": SearchPolicy(Weights(1.0, 0.0, 0.0, 0.0), 0, _PATIENT_SECONDS),
    "dense, sayings": SearchPolicy(Weights(0.0, 1.0, 0.0, 0.0), 0, _PATIENT_SECONDS),
    "dense, both": SearchPolicy(Weights(1.0, 1.0, 0.0, 0.0), 0, _PATIENT_SECONDS),
    "dense + text": SearchPolicy(Weights(1.0, 1.0, 0.5, 0.0), 0, _PATIENT_SECONDS),
    "reranker alone on 10": SearchPolicy(Weights(0.001, 0.001, 0.0005, 1.0), 10, _PATIENT_SECONDS),
    "all, reranking 3": SearchPolicy(_CHOSEN.weights, 3, _PATIENT_SECONDS),
    "all, reranking 4": SearchPolicy(_CHOSEN.weights, 4, _PATIENT_SECONDS),
    "all, reranking 8": SearchPolicy(_CHOSEN.weights, 8, _PATIENT_SECONDS),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of the table; latencies in milliseconds, of one search with a cold query vector."""

    name: str
    recall_at_5: float
    ndcg_at_10: float
    mrr: float
    p50_ms: float
    p95_ms: float


class _Bench:
    """A built version to search with changing policies."""

    def __init__(
        self, knowledge: ServingKnowledge, collections: Collections, embedder: EmbedderPort, reranker: RerankerPort
    ) -> None:
        self.knowledge = knowledge
        self._collections = collections
        self._embedder = embedder
        self._reranker = reranker

    async def measure(self, name: str, policy: SearchPolicy) -> Measured:
        retriever = Retriever(QueryVectors(self._embedder), self._collections, self._reranker, policy)
        rankings: list[list[str]] = []
        milliseconds: list[float] = []
        for golden in self.knowledge.content.golden:
            started = time.perf_counter()
            passages = await retriever.search(self.knowledge, golden.query, limit=10)
            milliseconds.append((time.perf_counter() - started) * 1000)
            rankings.append([passage.document_id for passage in passages])
        found = quality(rankings, [golden.articles for golden in self.knowledge.content.golden])
        return _row(name, found, milliseconds)


def _row(name: str, found: RankingQuality, milliseconds: Sequence[float]) -> Measured:
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return Measured(
        name=name,
        recall_at_5=round(found.recall_at_5, 4),
        ndcg_at_10=round(found.ndcg_at_10, 4),
        mrr=round(found.mrr, 4),
        p50_ms=round(float(p50), 1),
        p95_ms=round(float(p95), 1),
    )


@asynccontextmanager
async def _bench(knowledge_dir: Path, chunk_words: int) -> AsyncIterator[_Bench]:
    with tempfile.TemporaryDirectory(prefix="voicecbt-rag-") as folder:
        async with open_embedder() as embedder, open_reranker() as reranker:
            collections = Collections.embedded(Path(folder) / "chroma", 2)
            store = VersionStore(Path(folder))
            measuring = Retriever(QueryVectors(embedder), collections, reranker, ABLATIONS["dense + text"])
            builder = KnowledgeBuilder(store, collections, embedder, measuring)
            version = ""
            async for progress in builder.build(BuildPlan(knowledge_dir, "bge-small-en", chunk_words, 0.0)):
                version = progress.version.version if progress.version else version
            knowledge = await asyncio.to_thread(ServingKnowledge.load, version, knowledge_dir, chunk_words)
            yield _Bench(knowledge, collections, embedder, reranker)
            collections.close()


async def evaluate(knowledge_dir: Path, chunk_words: int = 150) -> list[Measured]:
    """One row for each ablation. Raises ContentError, or the models' errors."""
    async with _bench(knowledge_dir, chunk_words) as bench:
        await bench.measure("warm-up", _CHOSEN)
        return [await bench.measure(name, policy) for name, policy in ABLATIONS.items()]


def _table(rows: Sequence[Measured]) -> str:
    head = f"{'':24} recall@5  nDCG@10    MRR   p50 ms  p95 ms"
    lines = [
        f"{row.name:24} {row.recall_at_5:8.3f} {row.ndcg_at_10:8.3f} {row.mrr:6.3f} {row.p50_ms:8.1f} {row.p95_ms:7.1f}"
        for row in rows
    ]
    return "\n".join([head, *lines])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--knowledge-dir", type=Path, default=Path("knowledge"))
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    arguments = parser.parse_args()
    rows = asyncio.run(evaluate(arguments.knowledge_dir))
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if arguments.json:
        report = json.dumps({"rows": [asdict(row) for row in rows], "peak_memory_mib": round(memory_mib)}, indent=2)
    else:
        report = f"{_table(rows)}\npeak memory {memory_mib:.0f} MiB"
    sys.stdout.write(report + "\n")


if __name__ == "__main__":
    main()
