"""Stage 4, speak: the reply's sentences as audio, in order, while the reply is still being worded.

Sentence n+1 is already being synthesised while n streams to the client. When synthesis fails the rest of the reply is
text only; when the person interrupts or leaves, speaking stops at once.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import aclosing
from dataclasses import dataclass, field

from voicecbt.session.ports import PortFailed, Speaker
from voicecbt.session.turn.budgets import Budgets
from voicecbt.session.turn.scope import TurnScope
from voicecbt.session.turn.sentences import Sentence, Sentences
from voicecbt.stubs.session.v1.session_pb2 import ReplyAudio

CHUNKS_AHEAD = 50  # 10 s of 200 ms chunks: a sentence may be ready before its turn, and never more than one.


@dataclass(frozen=True, slots=True)
class _Voiced:
    """A sentence and its audio as it is made; None ends it, an error is handed to whoever reads it."""

    sentence: Sentence
    chunks: asyncio.Queue[bytes | PortFailed | TimeoutError | None] = field(
        default_factory=lambda: asyncio.Queue(CHUNKS_AHEAD)
    )


@dataclass(frozen=True, slots=True)
class Speak:
    """Speaks a reply, unless nobody wants to hear it. Never fails."""

    speaker: Speaker
    budgets: Budgets

    async def __call__(self, scope: TurnScope, sentences: Sentences) -> None:
        """Returns when all was sent, or when speaking was given up."""
        if scope.manner.text_only:
            return
        try:
            async with scope.stage("speech", "synthesis"):
                await _until(scope.playback.stopped, self._speak(scope, sentences))
        except (PortFailed, TimeoutError):
            await scope.degrade("synthesis", "I cannot speak at the moment; please read my answer.")

    async def _speak(self, scope: TurnScope, sentences: Sentences) -> None:
        # One slot: while its reader is busy with sentence n, only n+1 gets in, and only then is it synthesised.
        upcoming: asyncio.Queue[_Voiced | None] = asyncio.Queue(1)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send_all(scope, upcoming))
                async for sentence in sentences:
                    voiced = _Voiced(sentence)
                    await upcoming.put(voiced)
                    group.create_task(self._synthesise(scope, voiced))
                await upcoming.put(None)
        except* (PortFailed, TimeoutError) as group_error:
            failure = group_error.exceptions[0]
        else:
            return
        raise failure

    async def _synthesise(self, scope: TurnScope, voiced: _Voiced) -> None:
        try:
            text, rate_hz = voiced.sentence.text, scope.manner.sample_rate_hz
            async with aclosing(self.speaker.speak(text, rate_hz, scope.profile.voice)) as audio:
                async for chunk in audio:
                    await voiced.chunks.put(chunk)
        except PortFailed as error:
            await voiced.chunks.put(error)
        else:
            await voiced.chunks.put(None)

    async def _send_all(self, scope: TurnScope, upcoming: asyncio.Queue[_Voiced | None]) -> None:
        while (voiced := await upcoming.get()) is not None:
            await self._send(scope, voiced)

    async def _send(self, scope: TurnScope, voiced: _Voiced) -> None:
        chunk_index = 0
        finished = False
        while not finished:
            async with asyncio.timeout(self.budgets.audio):
                chunk = await voiced.chunks.get()
            if isinstance(chunk, Exception):
                raise chunk
            finished = chunk is None
            if chunk:
                scope.mark("first_audio_ms")
            await scope.tell(_audio(scope, voiced.sentence, chunk_index, chunk))
            chunk_index += 1


def _audio(scope: TurnScope, sentence: Sentence, chunk_index: int, chunk: bytes | None) -> ReplyAudio:
    return ReplyAudio(
        sentence_index=sentence.index,
        chunk_index=chunk_index,
        data=chunk or b"",
        sample_rate_hz=scope.manner.sample_rate_hz,
        sentence_finished=chunk is None,
    )


async def _until(stopped: asyncio.Event, work: Awaitable[None]) -> None:
    """Does `work`, and gives it up as soon as `stopped` is set."""
    speaking = asyncio.ensure_future(work)
    stop = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait((speaking, stop), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        if not speaking.done():
            speaking.cancel()
        await asyncio.wait((speaking, stop))
    if not speaking.cancelled():
        speaking.result()
