"""Pitch by normalised autocorrelation.

After Boersma (1993): the autocorrelation of the windowed frame divided by that of the window, so that the height of
its peak is the periodicity of the voice whatever the lag; a small price on long lags keeps it from falling an octave.
"""

import math
from dataclasses import dataclass

import numpy as np

from voicecbt.emotion.speech.frames import ANALYSIS_RATE_HZ, FRAME_SAMPLES, Flags, Floats, Frames

# From a deep male voice to a woman crying out.
MIN_PITCH_HZ = 65.0
MAX_PITCH_HZ = 600.0
# Share of periodic energy from which a frame counts as voiced.
MIN_PERIODICITY = 0.5
# Boersma's octave cost, per octave. His is 0.01 at full rate; at 8 kHz a peak of a high voice is up to 0.04 too low.
OCTAVE_COST = 0.05
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
    before, at, after = (correlation[:, SHORTEST_LAG + step : LONGEST_LAG + 1 + step] for step in (-1, 0, 1))
    shifts, heights = _parabola(before, at, after)
    # Only true peaks: the flank of the peak at lag 0 is high without being a period.
    peaks = (at >= before) & (at >= after)
    lags = np.arange(SHORTEST_LAG, LONGEST_LAG + 1)
    scores = np.where(peaks, heights - OCTAVE_COST * np.log2(lags / SHORTEST_LAG), -1.0)
    best = np.argmax(scores, axis=1)
    chosen = np.arange(len(best)), best
    return lags[best] + shifts[chosen], np.where(scores[chosen] > 0, np.clip(heights[chosen], 0.0, 1.0), 0.0)


def _parabola(before: Floats, at: Floats, after: Floats) -> tuple[Floats, Floats]:
    """How far the top of the parabola through three neighbours is from the middle one, and how high.

    Heights are compared only after this: the peak of a high voice falls between two lags, that of its octave on one.
    """
    curvature = np.minimum(before - 2 * at + after, -1e-12)
    shift = np.clip(0.5 * (before - after) / curvature, -0.5, 0.5)
    return shift, at - 0.25 * (before - after) * shift


def _smooth(hz: Floats, voiced: Flags) -> Floats:
    """Median over voiced neighbours."""
    padded = np.pad(np.where(voiced, hz, np.nan), SMOOTHING_FRAMES, constant_values=np.nan)
    neighbours = np.lib.stride_tricks.sliding_window_view(padded, 2 * SMOOTHING_FRAMES + 1)
    smoothed = hz.copy()
    smoothed[voiced] = np.nanmedian(neighbours[voiced], axis=1)
    return smoothed
