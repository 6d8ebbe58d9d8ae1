"""What the use cases need from outside, so that another engine can stand in."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from voicecbt.rag.domain import Reply, ReplyRequest


class EmbedderPort(Protocol):
    """Unit vectors whose dot product is the cosine similarity of two texts."""

    async def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """float32[n, dimensions]; `query` for what is searched with. Raises `voicecbt.models` errors."""


class RerankerPort(Protocol):
    """A cross-encoder."""

    async def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """float32[n], raw logits. Raises `voicecbt.models` errors."""


class GeneratorPort(Protocol):
    """Words a reply: a composer of vetted wording, or a language model."""

    def generate(self, request: ReplyRequest) -> AsyncIterator[str | Reply]:
        """Sentences as they are ready, each already validated, then the whole reply as the last item."""
