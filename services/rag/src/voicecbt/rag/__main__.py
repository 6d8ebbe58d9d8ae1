"""Composition root: settings -> models, Chroma, knowledge -> servicers -> server."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial

from voicecbt.kit.server import Application, Registration, Runtime, run_service
from voicecbt.models.catalog import Catalog
from voicecbt.models.inference.embedder import MODEL_NAME
from voicecbt.rag.building import BuildPlan, KnowledgeBuilder
from voicecbt.rag.collections import Collections
from voicecbt.rag.compose.composer import Composer
from voicecbt.rag.compose.wording import load_wording
from voicecbt.rag.knowledge import KnowledgeBase
from voicecbt.rag.late_models import LateEmbedder, LateReranker
from voicecbt.rag.query_vectors import QueryVectors
from voicecbt.rag.retrieval import Retriever, SearchPolicy
from voicecbt.rag.risk.assess import RiskAssessor
from voicecbt.rag.servicer import KnowledgeServicer, RagServicer
from voicecbt.rag.settings import Settings
from voicecbt.rag.versions import VersionStore
from voicecbt.stubs.rag.v1 import knowledge_pb2_grpc, rag_pb2_grpc

# Verification is nobody's turn: a busy machine must not make a good version fail its gate.
_PATIENT_SECONDS = 30.0


def _open_collections(settings: Settings) -> Collections:
    if settings.chroma_url:
        return Collections.server(settings.chroma_url, settings.chroma_workers)
    return Collections.embedded(settings.data_dir / "chroma", settings.chroma_workers)


def _plan(settings: Settings) -> BuildPlan:
    model = f"{MODEL_NAME}/{Catalog.load().model(MODEL_NAME).version}"
    return BuildPlan(settings.knowledge_dir, model, settings.chunk_words, settings.recall_gate)


@asynccontextmanager
async def compose(settings: Settings, runtime: Runtime) -> AsyncIterator[Application]:
    """The service, wired. Raises ContentError when neither an active version nor the content folder can serve."""
    async with AsyncExitStack() as stack:
        embedder = await stack.enter_async_context(LateEmbedder.opened())
        reranker = await stack.enter_async_context(LateReranker.opened())
        collections = _open_collections(settings)
        stack.callback(collections.close)
        vectors = QueryVectors(embedder)
        policy = SearchPolicy(rerank_passages=settings.rerank_passages, timeout_seconds=settings.search_timeout_seconds)
        patient = replace(policy, rerank_passages=0, timeout_seconds=_PATIENT_SECONDS)
        store = VersionStore(settings.data_dir)
        builder = KnowledgeBuilder(
            store, collections, embedder, Retriever(QueryVectors(embedder), collections, reranker, patient)
        )
        knowledge = KnowledgeBase(store, collections, builder, _plan(settings))
        await knowledge.open()
        retriever = Retriever(vectors, collections, reranker, policy)
        composer = Composer(knowledge, retriever, load_wording())
        rag = RagServicer(RiskAssessor(), knowledge, retriever, composer)
        yield Application(
            servicers=(
                Registration(rag_pb2_grpc.add_RagServiceServicer_to_server, rag, "voicecbt.rag.v1.RagService"),
                Registration(
                    knowledge_pb2_grpc.add_KnowledgeServiceServicer_to_server,
                    KnowledgeServicer(knowledge),
                    "voicecbt.rag.v1.KnowledgeService",
                ),
            ),
            background=(partial(knowledge.bring_up_to_date, settings.build_on_start),),
            ready=knowledge.is_settled,
        )


if __name__ == "__main__":
    run_service("rag", Settings, compose)
