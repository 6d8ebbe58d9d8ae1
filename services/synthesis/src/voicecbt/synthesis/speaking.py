"""Speaks a passage: as said aloud, phrase by phrase, each sent on as soon as it is made."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Executor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from voicecbt.kit import metrics
from voicecbt.kit.errors import InvalidArgument
from voicecbt.synthesis.pauses import with_pause
from voicecbt.synthesis.pcm_stream import pcm_chunks
from voicecbt.synthesis.phrases import phrases
from voicecbt.synthesis.spoken_text import spoken

PROBE_TEXT = "Ready."
FIRST_CHUNK_TIME = metrics.response_time_seconds.labels(endpoint="synthesis.first_chunk")


class SpeakingVoice(Protocol):
    """A voice. Blocking; one call at a time."""

    @property
    def sample_rate_hz(self) -> int:
        """Of what `speak` returns."""
        ...

    def speak(self, phrase: str, speed: float) -> NDArray[np.float32]:
        """The phrase as float32 samples in [-1, 1]."""
        ...


class Speaking:
    """Turns text into sound with one of `voices`; `executor` must have a single thread."""

    def __init__(self, voices: Mapping[str, SpeakingVoice], default: str, executor: Executor) -> None:
        self._voices = voices
        self._default = default
        self._executor = executor

    def voice(self, name: str) -> SpeakingVoice:
        """The voice of that name, the default one for an empty name. Raises InvalidArgument."""
        voice = self._voices.get(name or self._default)
        if voice is None:
            raise InvalidArgument("voice", f"is not one of {', '.join(sorted(self._voices))}")
        return voice

    async def speak(self, text: str, voice: SpeakingVoice, sample_rate_hz: int, speed: float) -> AsyncIterator[bytes]:
        """Mono PCM16 in chunks of at most 100 ms.

        Only what is read is made: a reader that stops stops the work. Raises InvalidArgument when nothing can be said.
        """
        pieces = phrases(spoken(text))
        chunks = pcm_chunks(_made(voice, pieces, speed), voice.sample_rate_hz, sample_rate_hz)
        loop = asyncio.get_running_loop()
        with FIRST_CHUNK_TIME.time():
            chunk = await loop.run_in_executor(self._executor, next, chunks, b"")
        if not chunk:
            raise InvalidArgument("text", "holds nothing that can be said aloud")
        while chunk:
            yield chunk
            chunk = await loop.run_in_executor(self._executor, next, chunks, b"")

    async def probe(self) -> None:
        """Speak a word with the default voice; returns when it works. Raises what the voice raises."""
        voice = self.voice("")
        async for _ in self.speak(PROBE_TEXT, voice, voice.sample_rate_hz, 1.0):
            pass


def _made(voice: SpeakingVoice, pieces: list[str], speed: float) -> Iterator[NDArray[np.float32]]:
    """Each piece when it is asked for, and not before."""
    return (with_pause(voice.speak(piece, speed), voice.sample_rate_hz, piece) for piece in pieces)
