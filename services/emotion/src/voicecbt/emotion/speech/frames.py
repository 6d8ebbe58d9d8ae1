"""A recording cut into overlapping frames, with the level of each. All analysis runs at 8 kHz."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicecbt.kit.audio import Samples, resample

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# Pitch, energy and tilt below 4 kHz are all that prosody needs, and every allowed input rate has them.
ANALYSIS_RATE_HZ = 8000
# 40 ms hold two and a half periods of the lowest pitch looked for; 10 ms is the usual step for prosody.
FRAME_SAMPLES = 320
HOP_SAMPLES = 80
FRAMES_PER_SECOND = ANALYSIS_RATE_HZ / HOP_SAMPLES
# Quieter than any recorded voice, even a soft one 20 dB down; 16 bit dither lies at -95.
SILENCE_DBFS = -80.0


@dataclass(frozen=True, slots=True)
class Frames:
    """`samples`: (frames, FRAME_SAMPLES), without their mean; `level_db`: (frames,), RMS in dB of full scale."""

    samples: Floats
    level_db: Floats


def cut(samples: Samples, sample_rate_hz: int) -> Frames:
    """The frames of a recording; none when it is shorter than one frame. Non-finite samples count as silence."""
    finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    # Without its offset, whose edges would ring in the resampler.
    centred_signal = finite - finite.mean() if finite.size else finite
    at_rate = resample(centred_signal, sample_rate_hz, ANALYSIS_RATE_HZ).astype(np.float64)
    if at_rate.size < FRAME_SAMPLES:
        return Frames(np.zeros((0, FRAME_SAMPLES)), np.zeros(0))
    framed = np.lib.stride_tricks.sliding_window_view(at_rate, FRAME_SAMPLES)[::HOP_SAMPLES]
    centred = framed - framed.mean(axis=1, keepdims=True)
    power = np.mean(centred**2, axis=1)
    return Frames(centred, 10 * np.log10(power + 1e-12))
