"""Models that may be missing or broken at the start: search goes on by words, and says so."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import numpy as np
import structlog
from numpy.typing import NDArray

from voicecbt.models.errors import InferenceError, ModelError
from voicecbt.models.inference import Reranker, TextEmbedder, open_embedder, open_reranker

log = structlog.get_logger(__name__)


class LateEmbedder:
    """An embedder, or the reason why there is none: then every call raises InferenceError."""

    def __init__(self, model: TextEmbedder | None) -> None:
        self._model = model

    @classmethod
    @asynccontextmanager
    async def opened(cls) -> AsyncIterator["LateEmbedder"]:
        """Loaded inside the block where its files are good."""
        async with AsyncExitStack() as stack:
            try:
                model = await stack.enter_async_context(open_embedder())
            except ModelError as error:
                log.error("no embedder: search by words only", reason=str(error))
                model = None
            yield cls(model)

    async def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """See EmbedderPort."""
        if self._model is None:
            raise InferenceError("the embedder is not loaded")
        return await self._model.embed(texts, query=query)


class LateReranker:
    """A reranker, or the reason why there is none: then every call raises InferenceError."""

    def __init__(self, model: Reranker | None) -> None:
        self._model = model

    @classmethod
    @asynccontextmanager
    async def opened(cls) -> AsyncIterator["LateReranker"]:
        """Loaded inside the block where its files are good."""
        async with AsyncExitStack() as stack:
            try:
                model = await stack.enter_async_context(open_reranker())
            except ModelError as error:
                log.error("no reranker: search goes on without", reason=str(error))
                model = None
            yield cls(model)

    async def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """See RerankerPort."""
        if self._model is None:
            raise InferenceError("the reranker is not loaded")
        return await self._model.score(query, passages)
