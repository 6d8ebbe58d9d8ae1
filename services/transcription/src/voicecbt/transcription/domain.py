"""What transcription talks about. All offsets are counted in samples of 16 kHz mono audio, never by a clock."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000

Samples = NDArray[np.float32]


def to_ms(samples: int) -> int:
    """Samples at 16 kHz as whole milliseconds."""
    return samples // SAMPLES_PER_MS


def to_samples(ms: int) -> int:
    """Milliseconds as samples at 16 kHz."""
    return ms * SAMPLES_PER_MS


@dataclass(frozen=True, slots=True)
class Word:
    """One word and where it lies, in milliseconds from the start of what was recognised."""

    text: str
    start_ms: int
    end_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the model made of at most 30 s of audio, before it is believed."""

    text: str
    language: str
    # 0 to 1; 1 when the language was given.
    language_probability: float
    # Natural logarithm, mean over tokens, at most 0.
    average_log_probability: float
    # That the audio holds no speech, 0 to 1.
    no_speech_probability: float
    words: tuple[Word, ...] = ()

    @property
    def confidence(self) -> float:
        """Geometric mean of the token probabilities, 0 to 1."""
        return float(np.exp(min(0.0, self.average_log_probability)))


@dataclass(frozen=True, slots=True)
class Transcript:
    """Words that were said; `text` is empty when none were."""

    text: str = ""
    language: str = ""
    language_probability: float = 0.0
    confidence: float = 0.0
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """A stretch of speech: [start, end) in samples."""

    start: int
    end: int

    @property
    def samples(self) -> int:
        """Its length."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Listened:
    """Audio and how much each 32 ms frame of it sounded like speech (0 to 1)."""

    samples: Samples = field(repr=False)
    probabilities: NDArray[np.float32] = field(repr=False)
