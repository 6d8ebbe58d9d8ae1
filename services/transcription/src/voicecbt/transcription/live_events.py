"""What a live stream is told and what it tells. Offsets are samples at 16 kHz from the start of the stream."""

from dataclasses import dataclass

from voicecbt.transcription.domain import Transcript
from voicecbt.transcription.voice_activity import END_OF_TURN_SILENCE_MS, SpeechStarted, SpeechStopped


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How to listen. An empty `language` is detected; `end_silence_ms` of silence ends an utterance."""

    sample_rate_hz: int = 16_000
    language: str = ""
    end_silence_ms: int = END_OF_TURN_SILENCE_MS
    partials: bool = False


@dataclass(frozen=True, slots=True)
class Audio:
    """PCM16 bytes, mono, at the stream's sample rate."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Flush:
    """The speaker is done."""


@dataclass(frozen=True, slots=True)
class Partial:
    """The words of the utterance so far; any of them may still change."""

    text: str


@dataclass(frozen=True, slots=True)
class Final:
    """The words of an utterance, which lies at [start, end)."""

    transcript: Transcript
    start: int
    end: int
    # Milliseconds from the decision that the utterance is over to this transcript.
    recognition_ms: int
    # Samples from the last speech to that decision.
    endpoint_delay: int
    # W3C trace context of the recognition; empty when nothing traces.
    traceparent: str


LiveInput = Audio | Flush | StreamOptions
LiveEvent = SpeechStarted | SpeechStopped | Partial | Final
