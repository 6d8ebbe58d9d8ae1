"""Text to the integer tensors that BERT-style models take."""

from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from voicecbt.models.errors import InferenceError
from voicecbt.models.inference.backend import Tensors

MAX_TOKENS = 512  # position embeddings that bge-small and MiniLM have
# The tokenizer reads all of a text before it cuts: 512 word pieces rarely span 4,000 characters, and
# a megabyte of text would cost a second.
MAX_CHARACTERS = 16_384


class TextTokens:
    """A tokenizer file, cutting every input to `max_tokens` word pieces."""

    def __init__(self, path: Path, max_tokens: int = MAX_TOKENS) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises bare Exception for every fault of the file
            raise InferenceError(f"cannot load tokenizer {path}: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens, strategy="longest_first")

    def encode(self, text: str, pair: str | None = None) -> Tensors:
        """`input_ids`, `attention_mask` and `token_type_ids` of one text or pair, int64[1, tokens]."""
        encoding = self._tokenizer.encode(_clean(text), None if pair is None else _clean(pair))
        return {
            "input_ids": np.array([encoding.ids], dtype=np.int64),
            "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
        }


def _clean(text: str) -> str:
    # A lone surrogate (half a character, from a careless client) cannot be encoded; it becomes "?".
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
