"""Prosody of an utterance: pitch, energy, rate, pauses, voice quality.

Nothing that is judged depends on how loud a recording is or on how long it lasts. Loudness is the microphone's
distance as much as the speaker's effort; length is an accident of where a clip was cut.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from voicecbt.emotion.speech.frames import (
    ANALYSIS_RATE_HZ,
    FRAMES_PER_SECOND,
    SILENCE_DBFS,
    Flags,
    Floats,
    Frames,
    cut,
)
from voicecbt.emotion.speech.pitch import PitchTrack, track
from voicecbt.kit.audio import Samples

# Speech lies within this of the utterance's loud parts; what is quieter is pause or room.
SPEECH_RANGE_DB = 30.0
# ... and this far above the quietest parts, where there are any.
NOISE_MARGIN_DB = 6.0
# Shorter gaps belong to speech: the closure of a stop consonant lasts up to 150 ms.
MIN_PAUSE_FRAMES = 20
# Syllable nuclei: peaks of the smoothed energy that stand out by at least 2 dB (de Jong & Wempe 2009) ...
NUCLEUS_PROMINENCE_DB = 2.0
# ... smoothed over 70 ms, half a syllable of fast speech.
NUCLEUS_SMOOTHING_FRAMES = 7
# The bands of the alpha ratio (eGeMAPS, Eyben et al. 2016), cut at 3.6 kHz: telephone speech has no more.
LOW_BAND_HZ = (50.0, 1000.0)
HIGH_BAND_HZ = (1000.0, 3600.0)
REFERENCE_HZ = 100.0


@dataclass(frozen=True, slots=True)
class Prosody:
    """Statistics over the speech of an utterance, from its first speech frame to its last.

    Pitch is in semitones over 100 Hz; ranges are from the 10th to the 90th percentile.
    """

    voiced_seconds: float
    pitch_median_st: float
    pitch_range_st: float
    pitch_slope_st_per_s: float
    # Median change between neighbouring voiced frames: 0 for a steady tone, never for a voice.
    pitch_movement_st_per_s: float
    level_mean_dbfs: float
    level_range_db: float
    level_slope_db_per_s: float
    voiced_share: float
    pause_share: float
    # Energy peaks a second of speech: a proxy of syllables a second.
    syllable_rate_hz: float
    # Energy over 1 kHz against that under it, in voiced frames: rises with vocal effort.
    alpha_ratio_db: float
    periodicity: float


def measure(samples: Samples, sample_rate_hz: int) -> Prosody | None:
    """The prosody of mono samples, or None when there is no voiced frame at all."""
    frames = cut(samples, sample_rate_hz)
    speech = _speech(frames.level_db)
    pitch = track(frames, speech)
    if not pitch.voiced.any():
        return None
    first, last = np.flatnonzero(speech)[[0, -1]]
    span = slice(first, last + 1)
    inside = Frames(frames.samples[span], frames.level_db[span])
    voice = PitchTrack(pitch.hz[span], pitch.periodicity[span], pitch.voiced[span])
    return _statistics(inside, voice, _without_short_gaps(speech[span]))


def _speech(level_db: Floats) -> Flags:
    """Frames loud enough to be speech, relative to the recording's own levels."""
    if not level_db.size:
        return np.zeros(0, dtype=np.bool_)
    loud, quiet = np.percentile(level_db, [95, 5])
    threshold = max(loud - SPEECH_RANGE_DB, min(quiet + NOISE_MARGIN_DB, loud - NOISE_MARGIN_DB), SILENCE_DBFS)
    above: Flags = level_db > threshold
    return above


def _without_short_gaps(speech: Flags) -> Flags:
    """The same, with gaps under MIN_PAUSE_FRAMES filled. Begins and ends with speech."""
    filled = speech.copy()
    for before, after in pairwise(np.flatnonzero(speech).tolist()):
        if after - before <= MIN_PAUSE_FRAMES:
            filled[before:after] = True
    return filled


def _statistics(frames: Frames, pitch: PitchTrack, speech: Flags) -> Prosody:
    voiced = pitch.voiced
    semitones = 12 * np.log2(pitch.hz[voiced] / REFERENCE_HZ)
    level = frames.level_db[speech]
    return Prosody(
        voiced_seconds=float(voiced.sum() / FRAMES_PER_SECOND),
        pitch_median_st=float(np.median(semitones)),
        pitch_range_st=_range(semitones),
        pitch_slope_st_per_s=_slope(np.flatnonzero(voiced), semitones),
        pitch_movement_st_per_s=_movement(np.flatnonzero(voiced), semitones),
        level_mean_dbfs=float(level.mean()),
        level_range_db=_range(level),
        level_slope_db_per_s=_slope(np.flatnonzero(speech), level),
        voiced_share=float(voiced.sum() / speech.sum()),
        pause_share=float(1 - speech.mean()),
        syllable_rate_hz=_nuclei(frames.level_db, voiced) / float(speech.sum() / FRAMES_PER_SECOND),
        alpha_ratio_db=_alpha_ratio(frames.samples[voiced]),
        periodicity=float(pitch.periodicity[voiced].mean()),
    )


def _range(values: Floats) -> float:
    low, high = np.percentile(values, [10, 90])
    return float(high - low)


def _slope(frame_numbers: npt.NDArray[np.intp], values: Floats) -> float:
    """Least-squares change a second."""
    seconds = frame_numbers / FRAMES_PER_SECOND
    centred = seconds - seconds.mean()
    spread = float(centred @ centred)
    return float(centred @ (values - values.mean())) / spread if spread > 0 else 0.0


def _movement(frame_numbers: npt.NDArray[np.intp], semitones: Floats) -> float:
    neighbours = np.diff(frame_numbers) == 1
    changes = np.abs(np.diff(semitones))[neighbours]
    return float(np.median(changes) * FRAMES_PER_SECOND) if changes.size else 0.0


def _nuclei(level_db: Floats, voiced: Flags) -> int:
    """Voiced energy peaks that rise by NUCLEUS_PROMINENCE_DB after the dip before them and fall as much after."""
    kernel = np.ones(NUCLEUS_SMOOTHING_FRAMES) / NUCLEUS_SMOOTHING_FRAMES
    smoothed = np.convolve(np.pad(level_db, NUCLEUS_SMOOTHING_FRAMES // 2, mode="edge"), kernel, mode="valid")
    count, dip, peak, peak_voiced = 0, smoothed[0] - NUCLEUS_PROMINENCE_DB, -np.inf, False
    for level, is_voiced in zip([*smoothed.tolist(), -np.inf], [*voiced.tolist(), False], strict=True):
        if level > peak:
            peak, peak_voiced = level, is_voiced
        if peak - level >= NUCLEUS_PROMINENCE_DB and peak - dip >= NUCLEUS_PROMINENCE_DB:
            count += peak_voiced
            dip, peak = level, -np.inf
        elif level < dip:
            dip, peak = level, -np.inf
    return count


def _alpha_ratio(samples: Floats) -> float:
    window = np.hanning(samples.shape[1])
    spectrum = np.fft.rfft(samples * window, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
    hz = np.fft.rfftfreq(samples.shape[1], 1 / ANALYSIS_RATE_HZ)
    low, high = (power[(hz >= band[0]) & (hz < band[1])].sum() for band in (LOW_BAND_HZ, HIGH_BAND_HZ))
    return float(10 * np.log10((high + 1e-12) / (low + 1e-12)))
