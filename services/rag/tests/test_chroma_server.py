"""The same collections on a Chroma server, and what happens when it goes away."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from voicecbt.kit.local.ports import free_port, is_listening
from voicecbt.kit.testing.processes import program
from voicecbt.models.inference import open_embedder, open_reranker
from voicecbt.rag.building import BuildPlan, KnowledgeBuilder
from voicecbt.rag.collections import Collections
from voicecbt.rag.knowledge import KnowledgeBase
from voicecbt.rag.query_vectors import QueryVectors
from voicecbt.rag.retrieval import Retriever, SearchPolicy
from voicecbt.rag.versions import VersionStore

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

POLICY = SearchPolicy(timeout_seconds=30.0)


@pytest.fixture
def chroma_port(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    chroma = str(Path(sys.executable).parent / "chroma")
    command = [chroma, "run", "--path", str(tmp_path / "server"), "--host", "127.0.0.1", "--port", str(port)]
    with program(command, lambda: is_listening(port), tmp_path / "chroma.log"):
        yield port


async def test_a_server_holds_the_collections(chroma_port: int, small_knowledge: Path, tmp_path: Path) -> None:
    collections = Collections.server(f"http://127.0.0.1:{chroma_port}", 2)
    async with open_embedder() as embedder, open_reranker() as reranker:
        retriever = Retriever(QueryVectors(embedder), collections, reranker, replace(POLICY, rerank_passages=0))
        store = VersionStore(tmp_path / "data")
        builder = KnowledgeBuilder(store, collections, embedder, retriever)
        base = KnowledgeBase(store, collections, builder, BuildPlan(small_knowledge, "bge-small-en/1", 150, 0.5))
        await base.open()
        await base.bring_up_to_date("always")
        assert base.is_built
        assert await retriever.response_similarities(base.current, "I worry all night")
    collections.close()


async def test_without_the_server_text_search_answers(small_knowledge: Path, tmp_path: Path) -> None:
    collections = Collections.server(f"http://127.0.0.1:{free_port()}", 2)
    async with open_embedder() as embedder, open_reranker() as reranker:
        retriever = Retriever(QueryVectors(embedder), collections, reranker, POLICY)
        store = VersionStore(tmp_path / "data")
        builder = KnowledgeBuilder(store, collections, embedder, retriever)
        base = KnowledgeBase(store, collections, builder, BuildPlan(small_knowledge, "bge-small-en/1", 150, 0.5))
        await base.open()
        await base.bring_up_to_date("always")
        assert not base.is_built and await base.is_settled()
        assert await retriever.search(base.current, "I worry all night about the rent", 3)
        assert await retriever.response_similarities(base.current, "I worry") == {}
    collections.close()
