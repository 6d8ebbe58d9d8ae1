"""Pitch by normalised autocorrelation.

After Boersma (1993): the autocorrelation of the windowed frame divided by that of the window, so that the height of
its peak is the periodicity of the voice whatever the lag; a small price on long lags keeps it from falling an octave.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicecbt.emotion.speech.frames import ANALYSIS_RATE_HZ, FRAME_SAMPLES, Flags, Floats, Frames

# From a deep male voice to a woman crying out.
MIN_PITCH_HZ = 65.0
MAX_PITCH_HZ = 600.0
# Share of periodic energy from which a frame counts as voiced.
MIN_PERIODICITY = 0.5
# Boersma's octave cost, per octave.
OCTAVE_COST = 0.02
# Frames on each side whose median replaces a pitch, so that single octave slips vanish.
SMOOTHING_FRAMES = 2
# At least a frame and its longest lag, so that the circular correlation does not wrap round.
TRANSFORM_SAMPLES = 512
# Two seconds at a time stay in the processor's cache; a minute at once would take 100 MB.
BLOCK_FRAMES = 200
SHORTEST_LAG = int(ANALYSIS_RATE_HZ / MAX_PITCH_HZ)
LONGEST_LAG = math.ceil(ANALYSIS_RATE_HZ / MIN_PITCH_HZ)


@dataclass(frozen=True, slots=True)
class PitchTrack:
    """A value a frame: `hz` is meaningful where `voiced`; `periodicity` is 0 to 1."""

    hz: Floats
    periodicity: Floats
    voiced: Flags


def track(frames: Frames, speech: Flags) -> PitchTrack:
    """Pitch of every frame; only frames that are `speech` can be voiced."""
    if not len(frames.samples):
        nothing = np.zeros(0)
        return PitchTrack(nothing, nothing, speech)
    blocks = [
        _best_lags(_normalised_autocorrelation(frames.samples[start : start + BLOCK_FRAMES]))
        for start in range(0, len(frames.samples), BLOCK_FRAMES)
    ]
    lag = np.concatenate([lags for lags, _ in blocks])
    periodicity = np.concatenate([heights for _, heights in blocks])
    voiced = speech & (periodicity >= MIN_PERIODICITY)
    return PitchTrack(_smooth(ANALYSIS_RATE_HZ / lag, voiced), periodicity, voiced)


def _normalised_autocorrelation(samples: Floats) -> Floats:
    window = np.hanning(FRAME_SAMPLES)
    of_frames = _autocorrelation(samples * window)
    of_window = _autocorrelation(window[np.newaxis, :])
    energy = np.maximum(of_frames[:, :1], 1e-12)
    # Past half the frame the window's own correlation nears 0, and the quotient means nothing.
    used = FRAME_SAMPLES // 2
    normalised: Floats = (of_frames[:, :used] / energy) / (of_window[:, :used] / of_window[0, 0])
    return normalised


def _autocorrelation(samples: Floats) -> Floats:
    spectrum = np.fft.rfft(samples, TRANSFORM_SAMPLES, axis=1)
    correlation: Floats = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, TRANSFORM_SAMPLES, axis=1)
    return correlation


def _best_lags(correlation: Floats) -> tuple[Floats, Floats]:
    """The lag of each frame's best peak, in samples, and its height: 0 where there is no peak at all."""
    candidates = correlation[:, SHORTEST_LAG : LONGEST_LAG + 1]
    # Only true peaks: the flank of the peak at lag 0 is high without being a period.
    rises = candidates >= correlation[:, SHORTEST_LAG - 1 : LONGEST_LAG]
    falls = candidates >= correlation[:, SHORTEST_LAG + 1 : LONGEST_LAG + 2]
    octaves = np.log2(np.arange(SHORTEST_LAG, LONGEST_LAG + 1) / SHORTEST_LAG)
    scores = np.where(rises & falls, candidates - OCTAVE_COST * octaves, -1.0)
    best = np.argmax(scores, axis=1)
    found = scores[np.arange(len(best)), best] > 0
    lag, height = _interpolate(correlation, best + SHORTEST_LAG)
    return lag, np.where(found, np.clip(height, 0.0, 1.0), 0.0)


def _interpolate(correlation: Floats, lag: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Place and height of the parabola through a peak and its neighbours."""
    rows = np.arange(len(lag))
    before, at, after = (correlation[rows, lag + step] for step in (-1, 0, 1))
    curvature = before - 2 * at + after
    shift = np.where(np.abs(curvature) > 1e-12, 0.5 * (before - after) / np.where(curvature == 0, 1, curvature), 0.0)
    shift = np.clip(shift, -0.5, 0.5)
    place: Floats = lag.astype(np.float64) + shift
    return place, at - 0.25 * (before - after) * shift


def _smooth(hz: Floats, voiced: Flags) -> Floats:
    """Median over voiced neighbours."""
    padded = np.pad(np.where(voiced, hz, np.nan), SMOOTHING_FRAMES, constant_values=np.nan)
    neighbours = np.lib.stride_tricks.sliding_window_view(padded, 2 * SMOOTHING_FRAMES + 1)
    smoothed = hz.copy()
    smoothed[voiced] = np.nanmedian(neighbours[voiced], axis=1)
    return smoothed
