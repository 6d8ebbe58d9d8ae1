"""Relevance of passages to a query with ms-marco-MiniLM-L-12-v2."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from voicecbt.models.inference.text_model import TextModel, open_text_model
from voicecbt.models.settings import ModelsSettings
from voicecbt.models.store import ModelStore

MODEL_NAME = "ms-marco-minilm"


class Reranker:
    """A cross-encoder: reads a query and a passage together and says how well they fit.

    Every pair runs alone, for the reason given in `TextEmbedder`.
    """

    def __init__(self, model: TextModel) -> None:
        self._model = model

    async def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Relevance of each passage: float32[n], raw logits, about -12 (unrelated) to +11 (answers it).

        Raw, because a sigmoid presses most pairs against 0 or 1; apply one to get a probability.
        A pair beyond 512 word pieces is cut, the longer side first. Raises InferenceError or
        InferenceOverloaded.
        """
        scores = np.empty(len(passages), dtype=np.float32)
        for index, passage in enumerate(passages):
            outputs = await self._model.infer(query, passage)
            scores[index] = outputs["logits"][0, 0]
        return scores

    async def ready(self) -> bool:
        """Whether a real inference succeeds now."""
        return await self._model.backend.ready()


@asynccontextmanager
async def open_reranker(
    store: ModelStore | None = None, settings: ModelsSettings | None = None
) -> AsyncIterator[Reranker]:
    """A loaded reranker from the model store, released on exit.

    Raises ModelMissing, ModelCorrupt or InferenceError.
    """
    async with open_text_model(MODEL_NAME, store, settings, takes_pairs=True) as model:
        yield Reranker(model)
