"""Settings of the service; every option is VOICECBT_RAG_<NAME>, then VOICECBT_<NAME>."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from voicecbt.kit.settings import ServiceSettings, service_config


class Settings(ServiceSettings):
    """What the rag service is told."""

    model_config = service_config("rag")

    knowledge_dir: Path = Field(Path("knowledge"), description="Folder of the knowledge content.")
    data_dir: Path = Field(
        Path(".voicecbt/rag"), description="Folder of the version manifests and of the embedded Chroma."
    )
    chroma_url: str = Field(
        "", description="http(s)://host:port of a Chroma server; empty runs Chroma embedded in data_dir."
    )
    chroma_workers: int = Field(2, ge=1, le=32, description="Calls to Chroma that may block at once.")
    build_on_start: Literal["always", "missing", "never"] = Field(
        "always",
        description="always: build and switch when the content changed; missing: only when nothing serves yet; "
        "never: serve what is active, and only say that the content changed.",
    )
    recall_gate: float = Field(
        0.8, ge=0, le=1, description="Least recall@5 on the golden queries for a build to become READY."
    )
    chunk_words: int = Field(150, ge=40, le=400, description="Words at which a chunk of an article is full.")
    rerank_passages: int = Field(
        3, ge=0, le=50, description="Best candidates that the reranker reads, about 10 ms each; 0 leaves it out."
    )
    search_timeout_seconds: float = Field(
        0.5, gt=0, le=30, description="Longest wait for dense search and reranking; past it, text search answers alone."
    )
