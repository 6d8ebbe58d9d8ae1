"""Choosing among equals: varied over a conversation, the same for the same input."""

import hashlib
from collections.abc import Sequence

from voicecbt.rag.domain import ReplyRequest, Utterance


def seed_of(request: ReplyRequest) -> str:
    """What makes one moment of one conversation differ from another."""
    said = [request.text, str(len(request.history)), *(each.response_id for each in request.history[-6:])]
    return "\0".join(said)


def draw(seed: str, name: str) -> float:
    """A fixed number from 0 to 1 for a name at a moment."""
    digest = hashlib.blake2b(f"{seed}\0{name}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def fresh_text(texts: Sequence[str], history: Sequence[Utterance], seed: str) -> str:
    """A text not said yet; where all were, the one whose last saying is longest ago."""
    said = [each.text for each in history if not each.by_person]
    return min(texts, key=lambda text: (_last_said(text, said), draw(seed, text)))


def _last_said(text: str, said: Sequence[str]) -> int:
    return next((index + 1 for index in reversed(range(len(said))) if text in said[index]), 0)
