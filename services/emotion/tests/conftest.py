"""Signals whose pitch, level and syllables are known, and a whole voice made of them."""

from collections.abc import Callable

import numpy as np
import pytest

from voicecbt.emotion.speech.estimator import ProsodyEmotion
from voicecbt.emotion.text.estimator import LexiconEmotion
from voicecbt.kit.audio import Samples

RATE_HZ = 16000
Voice = Callable[..., Samples]


def make_voice(
    seconds: float = 3.0,
    pitch_hz: float = 150.0,
    movement_st: float = 3.0,
    glide_st_per_s: float = 0.0,
    syllables_hz: float = 4.0,
    harmonic_slope: float = 1.0,
    rate_hz: int = RATE_HZ,
) -> Samples:
    """Harmonics with amplitudes number ** -harmonic_slope, pitch swinging by movement_st, syllables by energy."""
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    semitones = movement_st * np.sin(2 * np.pi * 1.3 * time_s) + glide_st_per_s * (time_s - seconds / 2)
    phase = 2 * np.pi * np.cumsum(pitch_hz * 2 ** (semitones / 12)) / rate_hz
    count = int(3400 / (pitch_hz * 1.5))
    tone = sum(np.sin(number * phase) * number**-harmonic_slope for number in range(1, count + 1))
    energy = 0.03 + np.sin(np.pi * syllables_hz * time_s) ** 2 if syllables_hz else np.ones_like(time_s)
    voice = np.asarray(tone * energy)
    return (0.3 * voice / np.abs(voice).max()).astype(np.float32)


@pytest.fixture
def voice() -> Voice:
    return make_voice


@pytest.fixture(scope="session")
def lexicon_emotion() -> LexiconEmotion:
    return LexiconEmotion()


@pytest.fixture(scope="session")
def prosody_emotion() -> ProsodyEmotion:
    return ProsodyEmotion()
