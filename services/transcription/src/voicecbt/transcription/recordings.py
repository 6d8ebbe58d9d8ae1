"""Whole recordings: decode, find the speech, recognise it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta

from voicecbt.kit.errors import InvalidArgument, ResourceExhausted
from voicecbt.transcription.audio import AudioError, Recording, decode
from voicecbt.transcription.domain import Listened, SpeechSpan, Transcript, to_ms
from voicecbt.transcription.recogniser import Recogniser
from voicecbt.transcription.recognition_queue import Priority
from voicecbt.transcription.voice_activity import (
    SpeechProbability,
    VoiceActivityConfig,
    frame_probabilities,
    speech_spans,
)

RETRY_AFTER = timedelta(seconds=5)  # about what a recording of half a minute takes


@dataclass(frozen=True, slots=True)
class RecordingTranscript:
    """The words of a recording, its length, and how much of it was speech, in milliseconds."""

    transcript: Transcript
    duration_ms: int
    speech_ms: int


class Recordings:
    """Transcribes recordings, at most `at_once` at a time, so that decoded sound never fills the memory."""

    def __init__(
        self, recogniser: Recogniser, listen: Callable[[], SpeechProbability], executor: Executor, at_once: int
    ) -> None:
        self._recogniser = recogniser
        self._listen = listen
        self._executor = executor
        self._free = at_once

    async def transcribe(self, data: bytes, language: str, *, words: bool) -> RecordingTranscript:
        """The words of an audio file. Raises InvalidArgument when it is none, and ResourceExhausted."""
        if self._free == 0:
            raise ResourceExhausted("as many recordings as fit are being transcribed", RETRY_AFTER)
        self._free -= 1
        try:
            return await self._transcribe(data, language, words=words)
        finally:
            self._free += 1

    async def _transcribe(self, data: bytes, language: str, *, words: bool) -> RecordingTranscript:
        try:
            recording, heard, spans = await asyncio.get_running_loop().run_in_executor(self._executor, self._hear, data)
        except AudioError as error:
            raise InvalidArgument("audio", str(error)) from error
        transcript = await self._recogniser.transcribe(heard, spans, language, Priority.RECORDING, words=words)
        speech_ms = to_ms(sum(span.samples for span in spans))
        return RecordingTranscript(transcript, recording.duration_ms, min(speech_ms, recording.duration_ms))

    def _hear(self, data: bytes) -> tuple[Recording, Listened, list[SpeechSpan]]:
        recording = decode(data)
        probabilities = frame_probabilities(recording.samples, self._listen())
        spans = speech_spans(probabilities, VoiceActivityConfig())
        return recording, Listened(recording.samples, probabilities), spans
