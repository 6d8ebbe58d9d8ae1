"""Pauses between phrases, instead of the 0.3 s before and 0.5 s after each that the synthesiser leaves."""

import numpy as np
from numpy.typing import NDArray

AUDIBLE = 0.003  # -50 dBFS: below the softest consonants of the voice
LEAD_MS = 30  # kept before the first audible sample, for onsets that swell
TAIL_MS = 60  # kept after the last, for endings that die away
FADE_MS = 5  # long enough to hide a step in the wave, too short to swallow a consonant
CLAUSE_PAUSE_MS = 120
SENTENCE_PAUSE_MS = 320  # unhurried: people take in hard things slowly
SENTENCE_ENDS = (".", "!", "?")

Samples = NDArray[np.float32]


def with_pause(samples: Samples, rate_hz: int, phrase: str) -> Samples:
    """The spoken phrase without its outer silences, followed by the pause that its last sign asks for.

    Empty when nothing in it was audible.
    """
    voiced = faded(trimmed(samples, rate_hz), rate_hz)
    if not voiced.size:
        return voiced
    ends = phrase.rstrip("\"')]").endswith(SENTENCE_ENDS)
    pause_ms = SENTENCE_PAUSE_MS if ends else CLAUSE_PAUSE_MS
    silence = np.zeros(rate_hz * pause_ms // 1000, dtype=np.float32)
    return np.concatenate((voiced, silence))


def trimmed(samples: Samples, rate_hz: int) -> Samples:
    """What lies between the first and the last audible sample, and a little around it; empty when nothing does."""
    audible = np.flatnonzero(np.abs(samples) > AUDIBLE)
    if not audible.size:
        return samples[:0]
    start = max(0, int(audible[0]) - rate_hz * LEAD_MS // 1000)
    return samples[start : int(audible[-1]) + rate_hz * TAIL_MS // 1000]


def faded(samples: Samples, rate_hz: int) -> Samples:
    """The same sound, beginning and ending at zero."""
    length = min(rate_hz * FADE_MS // 1000, samples.size // 2)
    ramp = np.linspace(0.0, 1.0, length, endpoint=False, dtype=np.float32)
    shaped = samples.copy()
    shaped[:length] *= ramp
    shaped[samples.size - length :] *= ramp[::-1]
    return shaped
