"""When a person speaks: hysteresis over the speech probability of 32 ms frames. Time is counted in samples."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from voicecbt.transcription.domain import Samples, SpeechSpan, to_samples

FRAME_SAMPLES = 512  # 32 ms, the only size that Silero takes at 16 kHz

# Silero's own operating point: half-way to begin, lower to go on, so that soft word endings are not cut.
START_PROBABILITY = 0.5
CONTINUE_PROBABILITY = 0.35
MIN_SPEECH_MS = 160  # five frames: longer than a click or a key press, shorter than "no"
PRE_ROLL_MS = 400  # soft onsets belong to the word; with less the word error rate on our clips rose by a point
END_OF_TURN_SILENCE_MS = 700  # pauses inside a sentence are mostly shorter; people in distress may ask for more

FrameProbability = Callable[[Samples], float]


@dataclass(frozen=True, slots=True)
class VoiceActivityConfig:
    """Thresholds are probabilities (0 to 1), durations milliseconds."""

    start_probability: float = START_PROBABILITY
    continue_probability: float = CONTINUE_PROBABILITY
    min_speech_ms: int = MIN_SPEECH_MS
    end_silence_ms: int = END_OF_TURN_SILENCE_MS

    def with_end_silence(self, ms: int) -> "VoiceActivityConfig":
        """The same, ending speech after another silence."""
        return replace(self, end_silence_ms=ms)


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Someone began to speak at `offset` samples; known only `MIN_SPEECH_MS` later."""

    offset: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """Speech that began at `start` ended at `offset` samples; known only after the end silence, at `decided_at`."""

    start: int
    offset: int
    decided_at: int


SpeechEvent = SpeechStarted | SpeechStopped


class SpeechProbability(Protocol):
    """A voice activity model with its running state: the probability that a frame of 512 samples is speech."""

    def __call__(self, frame: Samples) -> float:
        """Probability, 0 to 1, of the next frame of the same stream."""
        ...


class VoiceActivity:
    """Follows one stream frame by frame and says when speech starts and stops."""

    def __init__(self, config: VoiceActivityConfig) -> None:
        self.config = config
        self._position = 0  # samples judged so far
        self._run_start: int | None = None  # where the present stretch above the thresholds began
        self._speech: SpeechSpan | None = None  # once announced: from its start to its last speech frame
        self._voiced = 0

    @property
    def position(self) -> int:
        """Samples judged so far."""
        return self._position

    @property
    def speech(self) -> SpeechSpan | None:
        """The speech that goes on, up to its last voiced frame; None between utterances."""
        return self._speech

    @property
    def silence(self) -> int:
        """Samples since the last voiced frame of the speech that goes on; 0 between utterances."""
        return self._position - self._speech.end if self._speech else 0

    @property
    def voiced(self) -> int:
        """Samples of voiced frames in the present or last speech."""
        return self._voiced

    def frame(self, probability: float) -> SpeechEvent | None:
        """Judge the next 512 samples."""
        start, self._position = self._position, self._position + FRAME_SAMPLES
        if self._speech is None:
            return self._wait_for_speech(start, probability)
        if probability >= self.config.continue_probability:
            self._voiced += FRAME_SAMPLES
            self._speech = SpeechSpan(self._speech.start, self._position)
            return None
        if self.silence >= to_samples(self.config.end_silence_ms):
            return self.stop()
        return None

    def stop(self) -> SpeechStopped | None:
        """End the speech that goes on now, if any."""
        self._run_start = None
        if self._speech is None:
            return None
        stopped = SpeechStopped(self._speech.start, self._speech.end, self._position)
        self._speech = None
        return stopped

    def _wait_for_speech(self, start: int, probability: float) -> SpeechStarted | None:
        threshold = self.config.start_probability if self._run_start is None else self.config.continue_probability
        if probability < threshold:
            self._run_start = None
            return None
        if self._run_start is None:
            self._run_start = start
        if self._position - self._run_start < to_samples(self.config.min_speech_ms):
            return None
        self._speech = SpeechSpan(self._run_start, self._position)
        self._voiced, self._run_start = self._speech.samples, None
        return SpeechStarted(self._speech.start)


def speech_spans(probabilities: Samples, config: VoiceActivityConfig) -> list[SpeechSpan]:
    """Where speech lies in a whole recording, given the probability of each of its frames."""
    activity = VoiceActivity(config)
    events = (*(activity.frame(float(each)) for each in probabilities), activity.stop())
    return [SpeechSpan(event.start, event.offset) for event in events if isinstance(event, SpeechStopped)]


def frame_probabilities(samples: Samples, probability: SpeechProbability) -> Samples:
    """The speech probability of every 512 samples; the last frame is filled up with silence."""
    padded = np.pad(samples, (0, -samples.size % FRAME_SAMPLES))
    return np.fromiter((probability(frame) for frame in padded.reshape(-1, FRAME_SAMPLES)), dtype=np.float32)
