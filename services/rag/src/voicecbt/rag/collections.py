"""Chroma, behind a few calls. Embeddings are always our own; every blocking call runs in a bounded executor."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeVar
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api import ClientAPI
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError, NotFoundError
from numpy.typing import NDArray

ARTICLES = "cbt_knowledge"
RESPONSES = "therapeutic_responses"
# Beyond 10,000 vectors Chroma's defaults lose one true neighbour in seven; these find them all.
_INDEX: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "ef_construction": 400, "ef_search": 400, "max_neighbors": 32}
}
_BATCH = 100

T = TypeVar("T")
Scalar = str | int | float | bool


class CollectionsUnavailable(Exception):
    """Chroma does not answer, or does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to store; `metadata` holds scalars only."""

    id: str
    document: str
    vector: NDArray[np.float32]
    metadata: Mapping[str, Scalar]


class Collections:
    """The versioned collections: `<name>-<version>`."""

    def __init__(self, connect: Callable[[], ClientAPI], workers: int) -> None:
        self._connect = connect
        self._connected: ClientAPI | None = None
        self._connecting = Lock()
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="chroma")
        self._slots = asyncio.Semaphore(workers * 8)  # bounds what may wait for a worker

    @classmethod
    def embedded(cls, folder: Path, workers: int) -> "Collections":
        """In this process, stored in `folder`; opened at the first call."""

        def connect() -> ClientAPI:
            folder.mkdir(parents=True, exist_ok=True)
            return chromadb.PersistentClient(str(folder), _chroma_settings())

        return cls(connect, workers)

    @classmethod
    def server(cls, url: str, workers: int) -> "Collections":
        """On a Chroma server; connected at the first call, and again at the next one while it does not answer."""
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        return cls(
            lambda: chromadb.HttpClient(parts.hostname or "", port, ssl=tls, settings=_chroma_settings()), workers
        )

    @property
    def _client(self) -> ClientAPI:
        with self._connecting:
            if self._connected is None:
                self._connected = self._connect()
            return self._connected

    async def create(self, name: str, version: str) -> None:
        """An empty collection; one that a killed build left behind is thrown away. Raises CollectionsUnavailable."""
        await self.delete(name, version)
        await self._call(
            lambda: self._client.create_collection(
                _full(name, version),
                configuration=_INDEX,
                metadata={"version": version},
                embedding_function=None,
            )
        )

    async def add(self, name: str, version: str, entries: Sequence[Entry]) -> None:
        """Store entries, at most a hundred at a time. Raises CollectionsUnavailable."""
        for start in range(0, len(entries), _BATCH):
            batch = entries[start : start + _BATCH]
            await self._call(lambda batch=batch: self._add(name, version, batch))  # type: ignore[misc]

    async def count(self, name: str, version: str) -> int:
        """How many entries there are; 0 where there is no such collection. Raises CollectionsUnavailable."""
        return await self._call(lambda: self._count(name, version))

    async def nearest(self, name: str, version: str, vector: NDArray[np.float32], limit: int) -> dict[str, float]:
        """Cosine similarity (-1 to 1) of the `limit` nearest entries by id. Raises CollectionsUnavailable."""
        return await self._call(lambda: self._nearest(name, version, vector, limit))

    async def delete(self, name: str, version: str) -> None:
        """Remove a collection if there is one. Raises CollectionsUnavailable."""
        await self._call(lambda: self._delete(name, version))

    def close(self) -> None:
        """Wait for calls under way."""
        self._executor.shutdown()

    async def _call(self, work: Callable[[], T]) -> T:
        async with self._slots:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._executor, work)
            except (ChromaError, httpx.HTTPError, ValueError, OSError, RuntimeError) as error:
                raise CollectionsUnavailable(f"Chroma failed ({type(error).__name__})") from error

    def _collection(self, name: str, version: str) -> Collection:
        return self._client.get_collection(_full(name, version), embedding_function=None)

    def _add(self, name: str, version: str, batch: Sequence[Entry]) -> None:
        self._collection(name, version).add(
            ids=[entry.id for entry in batch],
            documents=[entry.document for entry in batch],
            embeddings=np.stack([entry.vector for entry in batch]),
            metadatas=[dict(entry.metadata) for entry in batch],
        )

    def _count(self, name: str, version: str) -> int:
        try:
            return self._collection(name, version).count()
        except NotFoundError:
            return 0

    def _nearest(self, name: str, version: str, vector: NDArray[np.float32], limit: int) -> dict[str, float]:
        found = self._collection(name, version).query(
            query_embeddings=vector[np.newaxis], n_results=limit, include=["distances"]
        )
        distances = found["distances"] or [[]]
        return {id_: 1.0 - distance for id_, distance in zip(found["ids"][0], distances[0], strict=True)}

    def _delete(self, name: str, version: str) -> None:
        try:
            self._client.delete_collection(_full(name, version))
        except NotFoundError:
            return


def _full(name: str, version: str) -> str:
    return f"{name}-{version}"


def _chroma_settings() -> ChromaSettings:
    return ChromaSettings(anonymized_telemetry=False)
