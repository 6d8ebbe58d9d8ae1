"""The reply's sentences on their way from the stage that words them to the stage that speaks them."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from voicecbt.session.turn.scope import TurnScope
from voicecbt.stubs.session.v1.session_pb2 import ReplyDelta

MAX_SENTENCES = 64  # Four times the longest vetted reply: a reply that runs away is cut here.


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a reply, counted from 0."""

    index: int
    text: str


class Sentences:
    """Shows each sentence at once and queues it to be spoken. Never blocks the one who words the reply."""

    def __init__(self, scope: TurnScope) -> None:
        self._scope = scope
        self._said: list[str] = []
        self._queue: asyncio.Queue[Sentence | None] = asyncio.Queue(MAX_SENTENCES + 1)

    @property
    def text(self) -> str:
        """All of it so far."""
        return " ".join(self._said)

    @property
    def count(self) -> int:
        """How many there are so far."""
        return len(self._said)

    async def say(self, text: str) -> None:
        """Adds a sentence; one beyond MAX_SENTENCES, or an empty one, is dropped."""
        text = text.strip()
        if not text or self.count >= MAX_SENTENCES:
            return
        sentence = Sentence(self.count, text)
        self._said.append(text)
        self._scope.playback.sentences[sentence.index] = text
        self._scope.mark("first_text_ms")
        self._queue.put_nowait(sentence)
        await self._scope.tell(ReplyDelta(sentence_index=sentence.index, text=text))

    def close(self) -> None:
        """No more will come."""
        self._queue.put_nowait(None)

    async def __aiter__(self) -> AsyncGenerator[Sentence, None]:
        """Each sentence in order, until closed."""
        while (sentence := await self._queue.get()) is not None:
            yield sentence
