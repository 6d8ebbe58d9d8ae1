"""Opening a catalogued ONNX model that reads text."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from voicecbt.models.inference.backend import InferenceBackend, Tensors
from voicecbt.models.inference.embedded import OnnxBackend
from voicecbt.models.inference.tokens import TextTokens
from voicecbt.models.settings import ModelsSettings
from voicecbt.models.store import ModelStore


@dataclass(frozen=True, slots=True)
class TextModel:
    """A loaded model with its tokenizer."""

    backend: InferenceBackend
    tokens: TextTokens

    async def infer(self, text: str, pair: str | None = None) -> Tensors:
        """Run one text or pair, alone. Raises InferenceError or InferenceOverloaded."""
        inputs = await asyncio.to_thread(self.tokens.encode, text, pair)
        return await self.backend.infer(inputs)


@asynccontextmanager
async def open_text_model(
    name: str, store: ModelStore | None, settings: ModelsSettings | None, *, takes_pairs: bool = False
) -> AsyncIterator[TextModel]:
    """The named model from the store, loaded, and released on exit.

    Raises UnknownModel, ModelMissing, ModelCorrupt or InferenceError.
    """
    settings = settings or ModelsSettings()
    folder = await asyncio.to_thread((store or ModelStore(settings.dir)).path, name)
    tokens = await asyncio.to_thread(TextTokens, folder / "tokenizer.json")
    backend = OnnxBackend(
        folder / "model.onnx",
        probe=tokens.encode("ready", "yes" if takes_pairs else None),
        intra_op_threads=settings.intra_op_threads,
        workers=settings.workers,
    )
    await backend.load()
    try:
        yield TextModel(backend, tokens)
    finally:
        await backend.close()
