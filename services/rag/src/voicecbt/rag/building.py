"""Builds a knowledge version: read, validate, embed, write, verify, done.

Nothing that serves is touched. A version becomes READY by one atomic write at the end; whatever happens before
leaves it failed, and the next build starts it afresh.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from voicecbt.rag.collections import ARTICLES, RESPONSES, Collections, Entry
from voicecbt.rag.content import Content, ContentError, content_digest, load_content
from voicecbt.rag.domain import BuildProgress, KnowledgeState
from voicecbt.rag.golden import quality
from voicecbt.rag.ports import EmbedderPort
from voicecbt.rag.retrieval import Retriever
from voicecbt.rag.serving import ServingKnowledge
from voicecbt.rag.versions import Manifest, VersionStore, version_name

log = structlog.get_logger(__name__)

_EMBEDDED_AT_ONCE = 8  # texts between two progress messages
_VERIFIED_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """What makes one build differ from another."""

    source: Path
    embedding_model: str
    chunk_words: int
    recall_gate: float


class KnowledgeBuilder:
    """Runs one build at a time. `retriever` measures the outcome; it should leave the reranker out."""

    def __init__(
        self, store: VersionStore, collections: Collections, embedder: EmbedderPort, retriever: Retriever
    ) -> None:
        self._store = store
        self._collections = collections
        self._embedder = embedder
        self._retriever = retriever

    async def build(self, plan: BuildPlan) -> AsyncIterator[BuildProgress]:
        """Build the version of the plan's content; the last item carries it, READY or FAILED.

        A complete version of that content is verified, not built again. Raises ContentError, BuildRunning,
        CollectionsUnavailable or the embedder's errors; the version is then FAILED.
        """
        with self._store.building():
            yield BuildProgress("read", 0, 1)
            content = await asyncio.to_thread(load_content, plan.source)
            version = version_name(content.digest, plan.embedding_model, plan.chunk_words)
            yield BuildProgress("read", 1, 1)
            knowledge = ServingKnowledge.of(version, content, plan.chunk_words)
            yield BuildProgress("validate", 1, 1)
            manifest = _manifest(knowledge, plan)
            try:
                if not await self._is_complete(knowledge):
                    await asyncio.to_thread(self._begin, manifest, plan.source, content)
                    async for progress in self._fill(knowledge):
                        yield progress
                async for progress, verified in self._verify(knowledge, manifest, plan.recall_gate):
                    yield progress
                    manifest = verified
            except Exception:
                self._record(manifest.model_copy(update={"state": KnowledgeState.FAILED}))
                raise
            self._record(manifest)
            log.info("knowledge built", version=version, state=manifest.state.name, recall_at_5=manifest.recall_at_5)
            yield BuildProgress("done", 1, 1, self._store.describe(version))

    def _record(self, manifest: Manifest) -> None:
        """Write the outcome; a repeated check does not fail the version that serves."""
        if manifest.state is KnowledgeState.READY or manifest.version != self._store.active():
            self._store.write(manifest)

    async def _is_complete(self, knowledge: ServingKnowledge) -> bool:
        known = self._store.read(knowledge.version)
        if known is None or known.state is not KnowledgeState.READY:
            return False
        snapshot = self._store.snapshot(knowledge.version)
        return snapshot.is_dir() and await self.is_stored(knowledge)

    async def is_stored(self, knowledge: ServingKnowledge) -> bool:
        """Whether Chroma holds every entry of the version. Raises CollectionsUnavailable."""
        chunks = await self._collections.count(ARTICLES, knowledge.version)
        responses = await self._collections.count(RESPONSES, knowledge.version)
        return (chunks, responses) == (len(knowledge.chunks), len(knowledge.responses))

    def _begin(self, manifest: Manifest, source: Path, content: Content) -> None:
        self._store.write(manifest)
        snapshot = self._store.take_snapshot(manifest.version, source)
        if content_digest(snapshot) != content.digest:
            raise ContentError(".", "(folder)", "changed while it was read; build again")

    async def _fill(self, knowledge: ServingKnowledge) -> AsyncIterator[BuildProgress]:
        entries: dict[str, list[Entry]] = {
            ARTICLES: _article_entries(knowledge),
            RESPONSES: _response_entries(knowledge),
        }
        total = sum(len(each) for each in entries.values())
        done = 0
        for name in entries:
            for start in range(0, len(entries[name]), _EMBEDDED_AT_ONCE):
                batch = entries[name][start : start + _EMBEDDED_AT_ONCE]
                entries[name][start : start + _EMBEDDED_AT_ONCE] = await self._embedded(batch)
                done += len(batch)
                yield BuildProgress("embed", done, total)
        for number, name in enumerate(entries, start=1):
            await self._collections.create(name, knowledge.version)
            await self._collections.add(name, knowledge.version, entries[name])
            yield BuildProgress("write", number, len(entries))

    async def _embedded(self, batch: Sequence[Entry]) -> list[Entry]:
        vectors: NDArray[np.float32] = await self._embedder.embed([entry.document for entry in batch])
        return [replace(entry, vector=vector) for entry, vector in zip(batch, vectors, strict=True)]

    async def _verify(
        self, knowledge: ServingKnowledge, manifest: Manifest, gate: float
    ) -> AsyncIterator[tuple[BuildProgress, Manifest]]:
        """Count what was stored and measure recall@5; the last manifest is READY or FAILED."""
        stored = await self.is_stored(knowledge)
        golden = knowledge.content.golden
        rankings: list[list[str]] = []
        for query in golden:
            passages = await self._retriever.search(knowledge, query.query, limit=10)
            rankings.append([passage.document_id for passage in passages])
            if len(rankings) % _VERIFIED_AT_ONCE == 0:
                yield BuildProgress("verify", len(rankings), len(golden)), manifest
        recall = quality(rankings, [query.articles for query in golden]).recall_at_5
        state = KnowledgeState.READY if stored and recall >= gate else KnowledgeState.FAILED
        verified = manifest.model_copy(update={"state": state, "recall_at_5": round(recall, 4)})
        yield BuildProgress("verify", len(golden), len(golden)), verified


def _manifest(knowledge: ServingKnowledge, plan: BuildPlan) -> Manifest:
    return Manifest(
        version=knowledge.version,
        state=KnowledgeState.BUILDING,
        articles=len(knowledge.content.articles),
        responses=len(knowledge.content.responses) + len(knowledge.content.acknowledgements),
        embedding_model=plan.embedding_model,
        chunk_words=plan.chunk_words,
        built_at=time.time(),
    )


_NO_VECTOR: NDArray[np.float32] = np.zeros(0, dtype=np.float32)


def _article_entries(knowledge: ServingKnowledge) -> list[Entry]:
    return [
        Entry(
            id=chunk.id,
            document=chunk.indexed,
            vector=_NO_VECTOR,
            metadata={
                "article": chunk.article.id,
                "kind": chunk.kind.value,
                "title": chunk.article.title,
                "category": chunk.article.category,
                "technique": chunk.article.technique,
                "difficulty": chunk.article.difficulty,
                "language": chunk.article.language,
                "emotions": ",".join(chunk.article.emotions),
            },
        )
        for chunk in knowledge.chunks
    ]


def _response_entries(knowledge: ServingKnowledge) -> list[Entry]:
    return [
        Entry(
            id=response.id,
            document=response.plain,
            vector=_NO_VECTOR,
            metadata={
                "therapeutic_technique": response.technique,
                "phase": response.phase,
                "emotions": ",".join(response.emotions),
                "severity": ",".join(response.severity),
            },
        )
        for response in knowledge.responses.values()
    ]
