"""Shared by the rag tests: the repository's own content, a small part of it, and versions built of them."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pytest
import yaml
from pydantic import SecretStr

from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.models.inference import open_embedder, open_reranker
from voicecbt.rag.building import BuildPlan, KnowledgeBuilder
from voicecbt.rag.collections import Collections
from voicecbt.rag.domain import RiskAssessment, RiskKind, RiskLevel
from voicecbt.rag.knowledge import KnowledgeBase
from voicecbt.rag.query_vectors import QueryVectors
from voicecbt.rag.retrieval import Retriever, SearchPolicy
from voicecbt.rag.settings import Settings
from voicecbt.rag.versions import VersionStore

MODEL = "bge-small-en/1"
SMALL_CATEGORIES = ("worry", "panic", "sleep")
PATIENT = SearchPolicy(timeout_seconds=30.0)


@dataclass(frozen=True, slots=True)
class Bench:
    """The parts of a service without its server."""

    store: VersionStore
    collections: Collections
    base: KnowledgeBase
    retriever: Retriever


class OpenBench(Protocol):
    """See the fixture of that name."""

    def __call__(
        self, data_dir: Path, content: Path, recall_gate: float = 0.5
    ) -> AbstractAsyncContextManager[Bench]: ...


@asynccontextmanager
async def _open_bench(data_dir: Path, content: Path, recall_gate: float = 0.5) -> AsyncIterator[Bench]:
    async with open_embedder() as embedder, open_reranker() as reranker:
        collections = Collections.embedded(data_dir / "chroma", 2)
        vectors = QueryVectors(embedder)
        store = VersionStore(data_dir)
        measuring = Retriever(vectors, collections, reranker, replace(PATIENT, rerank_passages=0))
        builder = KnowledgeBuilder(store, collections, embedder, measuring)
        base = KnowledgeBase(store, collections, builder, BuildPlan(content, MODEL, 150, recall_gate))
        await base.open()
        yield Bench(store, collections, base, Retriever(vectors, collections, reranker, PATIENT))
        collections.close()


@pytest.fixture
def open_bench() -> OpenBench:
    """`async with open_bench(data_dir, content, recall_gate)`: real models, real Chroma."""
    return _open_bench


@pytest.fixture(scope="session")
def knowledge_dir() -> Path:
    """The content that ships with the repository."""
    return Path(__file__).parents[3] / "knowledge"


@pytest.fixture(scope="session")
def small_knowledge_once(knowledge_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(knowledge_dir, tmp_path_factory.mktemp("rag") / "knowledge"))
    for category in (folder / "articles").iterdir():
        if category.name not in SMALL_CATEGORIES:
            shutil.rmtree(category)
    left = {path.stem for path in folder.glob("articles/*/*.md")}
    golden = yaml.safe_load((folder / "golden_queries.yaml").read_text("utf-8"))
    kept = [query for query in golden if set(query["articles"]) <= left]
    (folder / "golden_queries.yaml").write_text(yaml.safe_dump(kept), "utf-8")
    return folder


@pytest.fixture
def small_knowledge(small_knowledge_once: Path, tmp_path: Path) -> Path:
    """A copy of three categories of the content, to change at will; it builds in a few seconds."""
    return Path(shutil.copytree(small_knowledge_once, tmp_path / "knowledge"))


async def _build(folder: Path, content: Path) -> None:
    async with _open_bench(folder, content) as bench:
        await bench.base.bring_up_to_date("always")
        assert bench.base.is_built


@pytest.fixture(scope="session")
def built_once(small_knowledge_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rag-data")
    asyncio.run(_build(folder, small_knowledge_once))
    return folder


@pytest.fixture(scope="session")
def whole_built(knowledge_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the whole content is built; read only."""
    folder = tmp_path_factory.mktemp("rag-whole")
    asyncio.run(_build(folder, knowledge_dir))
    return folder


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Path:
    """A data folder of this test's own in which the small content is built and serves."""
    return Path(shutil.copytree(built_once, tmp_path / "data"))


@pytest.fixture
def settings(built: Path, small_knowledge: Path) -> Settings:
    """For a service over `built` that builds nothing by itself."""
    return Settings(
        service_secret=SecretStr(SERVICE_SECRET),
        knowledge_dir=small_knowledge,
        data_dir=built,
        build_on_start="never",
        recall_gate=0.5,
        search_timeout_seconds=30.0,
    )


@pytest.fixture
def no_risk() -> RiskAssessment:
    """Nothing was seen."""
    return RiskAssessment(RiskLevel.NONE, RiskKind.UNSPECIFIED, (), False, "test")
