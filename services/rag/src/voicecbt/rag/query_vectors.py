"""Vectors of what people say, kept for the moment: retrieval and the reply look at the same words."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicecbt.rag.context import QueryPart
from voicecbt.rag.ports import EmbedderPort

_KEPT = 256  # the last utterances of the conversations that are going on; 1.5 kB each


class QueryVectors:
    """Embeds queries. Neither the words nor anything that could be tested against guessed words is kept."""

    def __init__(self, embedder: EmbedderPort) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._key = os.urandom(32)

    async def of(self, text: str) -> NDArray[np.float32]:
        """float32[dimensions], length 1. Raises `voicecbt.models` errors."""
        digest = hashlib.blake2b(text.encode("utf-8", "replace"), key=self._key, digest_size=16).digest()
        if digest not in self._kept:
            vector: NDArray[np.float32] = (await self._embedder.embed([text], query=True))[0]
            self._kept[digest] = vector
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return vector
        return self._kept[digest]

    async def blend(self, parts: Sequence[QueryPart]) -> NDArray[np.float32]:
        """The vectors of the parts by their shares: float32[dimensions], length at most 1.

        A text's cosine with it, times its length, is the mean of the cosines with the parts.
        """
        total: NDArray[np.float32] = await self.of(parts[0].text) * np.float32(parts[0].share)
        for part in parts[1:]:
            total = total + await self.of(part.text) * np.float32(part.share)
        return total
