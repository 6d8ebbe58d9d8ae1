"""The voices of hibari-tts (Apache-2.0) that are on this machine; nothing is downloaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hibari import Hibari  # type: ignore[import-untyped]
from hibari.voices import VOICES  # type: ignore[import-untyped]
from numpy.typing import NDArray

DEFAULT_VOICE = "heart"
SAMPLE_RATE_HZ = 24_000
# Of the noise in s, f and breath; fixed, so that the same text always sounds the same.
NOISE_SEED = 1

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """A voice as a client sees it. `language` is BCP 47."""

    name: str
    language: str
    description: str


class Voice:
    """One loaded voice. Blocking; one call at a time."""

    sample_rate_hz = SAMPLE_RATE_HZ

    def __init__(self, info: VoiceInfo, model: Path, threads: int) -> None:
        self.info = info
        self._hibari = Hibari(voice=info.name, model=str(model), threads=threads)

    def speak(self, phrase: str, speed: float) -> Samples:
        """The phrase as float32 samples at 24 kHz; empty when it holds nothing that can be said. Speed 0.5 to 2."""
        samples: Samples = self._hibari(phrase, speed=speed, seed=NOISE_SEED)
        return samples


def load_voices(directory: Path, threads: int) -> Mapping[str, Voice]:
    """The voices whose model files lie in `directory`, by name."""
    here = {name: directory / entry["file"] for name, entry in VOICES.items()}
    return {name: Voice(_describe(name), file, threads) for name, file in here.items() if file.is_file()}


def _describe(name: str) -> VoiceInfo:
    entry = VOICES[name]
    return VoiceInfo(name, entry["language"], f"{entry['accent']} English, {entry['gender']}")
