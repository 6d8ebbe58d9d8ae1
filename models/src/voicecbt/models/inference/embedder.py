"""Sentence embeddings with bge-small-en-v1.5."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from voicecbt.models.inference.text_model import TextModel, open_text_model
from voicecbt.models.settings import ModelsSettings
from voicecbt.models.store import ModelStore

MODEL_NAME = "bge-small-en"
DIMENSIONS = 384
# The instruction that the model was trained with for short queries against passages (its model card).
QUERY_PREFIX = "Represent this sentence for searching relevant passages: "


class TextEmbedder:
    """Unit vectors whose dot product is the cosine similarity of two texts.

    Every text runs alone: the weights are dynamically quantised, so in a batch a text's vector would
    depend on its neighbours. That also makes a knowledge base and its queries reproducible.
    """

    def __init__(self, model: TextModel) -> None:
        self._model = model

    async def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Embed texts: float32[n, 384], each row of length 1. Text beyond 512 word pieces is cut.

        `query` prepends the model's retrieval instruction: for search queries, never for passages.
        Raises InferenceError or InferenceOverloaded.
        """
        vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for index, text in enumerate(texts):
            outputs = await self._model.infer(QUERY_PREFIX + text if query else text)
            # The vector of [CLS], the first token: how this model was trained to pool.
            vectors[index] = outputs["last_hidden_state"][0, 0]
        norms: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / norms

    async def ready(self) -> bool:
        """Whether a real inference succeeds now."""
        return await self._model.backend.ready()


@asynccontextmanager
async def open_embedder(
    store: ModelStore | None = None, settings: ModelsSettings | None = None
) -> AsyncIterator[TextEmbedder]:
    """A loaded embedder from the model store, released on exit.

    Raises ModelMissing, ModelCorrupt or InferenceError.
    """
    async with open_text_model(MODEL_NAME, store, settings) as model:
        yield TextEmbedder(model)
