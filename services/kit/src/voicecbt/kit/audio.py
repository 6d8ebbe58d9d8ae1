"""Conversions of mono audio. Floats are float32 in [-1, 1]; PCM16 is signed little endian."""

import numpy as np
import numpy.typing as npt
import soxr

Samples = npt.NDArray[np.float32]

FULL_SCALE = 32768.0


def pcm16_to_float(pcm: bytes) -> Samples:
    """PCM16 bytes as float32 samples. Raises ValueError for an odd number of bytes."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / FULL_SCALE


def float_to_pcm16(samples: Samples) -> bytes:
    """Float samples as PCM16 bytes; what lies outside [-1, 1] is clipped."""
    scaled = np.clip(samples * FULL_SCALE, -FULL_SCALE, FULL_SCALE - 1)
    pcm: bytes = np.rint(scaled).astype("<i2").tobytes()
    return pcm


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """The same sound at another sample rate, band-limited (soxr, high quality)."""
    if from_hz == to_hz:
        return samples
    resampled: Samples = soxr.resample(samples, from_hz, to_hz).astype(np.float32, copy=False)
    return resampled
