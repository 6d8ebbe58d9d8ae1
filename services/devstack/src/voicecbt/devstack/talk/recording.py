"""A recording as the frames that a microphone would give."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from voicecbt.kit.audio import Samples, float_to_pcm16, resample

SAMPLE_RATE_HZ = 16_000
FRAME_MS = 20
FRAME_SAMPLES = SAMPLE_RATE_HZ * FRAME_MS // 1000


class NotARecording(Exception):
    """The file cannot be read as sound."""


def read_recording(path: Path) -> Samples:
    """The sound of a WAV, FLAC or Ogg file as mono at 16 kHz. Raises NotARecording."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise NotARecording(f"{path} cannot be read as a recording: {error}") from None
    if not len(samples):
        raise NotARecording(f"{path} holds no sound")
    return resample(np.ascontiguousarray(samples.mean(axis=1)), rate, SAMPLE_RATE_HZ)


def frames(samples: Samples) -> Iterator[bytes]:
    """PCM16 frames of 20 ms; the last one is filled with silence."""
    for start in range(0, len(samples), FRAME_SAMPLES):
        frame = samples[start : start + FRAME_SAMPLES]
        yield float_to_pcm16(np.pad(frame, (0, FRAME_SAMPLES - len(frame))))
