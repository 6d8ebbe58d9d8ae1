"""Pitch of signals whose pitch is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecbt.emotion.speech.frames import ANALYSIS_RATE_HZ, cut
from voicecbt.emotion.speech.pitch import MAX_PITCH_HZ, MIN_PITCH_HZ, PitchTrack, track

pytestmark = pytest.mark.unit


def pitch_of(samples: np.ndarray, rate_hz: int = 16000) -> PitchTrack:
    frames = cut(samples.astype(np.float32), rate_hz)
    return track(frames, np.ones(len(frames.level_db), dtype=np.bool_))


def tone(hz: float, harmonics: int, rate_hz: int = 16000, seconds: float = 0.5) -> np.ndarray:
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    numbers = [number for number in range(1, harmonics + 1) if number * hz < 3800]
    return 0.1 * np.sum([np.sin(2 * np.pi * number * hz * time_s) / number for number in numbers], axis=0)


@settings(max_examples=40, deadline=None)
@given(st.floats(80, 500), st.integers(1, 12))
def test_the_pitch_of_a_tone_is_found(hz, harmonics):
    found = pitch_of(tone(hz, harmonics))
    assert found.voiced.mean() > 0.9
    cents = 1200 * np.log2(np.median(found.hz[found.voiced]) / hz)
    assert abs(cents) < 20


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 44100, 48000])
def test_the_rate_does_not_matter(rate_hz):
    found = pitch_of(tone(180, 6, rate_hz), rate_hz)
    assert np.median(found.hz[found.voiced]) == pytest.approx(180, rel=0.01)


def test_a_missing_fundamental_is_heard():
    time_s = np.arange(8000) / 16000
    telephone = np.sum([np.sin(2 * np.pi * 120 * number * time_s) for number in range(3, 12)], axis=0)
    found = pitch_of(0.05 * telephone)
    assert np.median(found.hz[found.voiced]) == pytest.approx(120, rel=0.01)


def test_noise_has_no_pitch():
    noise = 0.1 * np.random.default_rng(1).standard_normal(32000)
    assert pitch_of(noise).voiced.mean() < 0.05


def test_pitch_survives_moderate_noise():
    noise = 0.03 * np.random.default_rng(2).standard_normal(8000)
    found = pitch_of(tone(200, 8) + noise)
    assert np.median(found.hz[found.voiced]) == pytest.approx(200, rel=0.02)


def test_silence_and_snippets_have_no_pitch():
    assert not pitch_of(np.zeros(16000)).voiced.any()
    assert pitch_of(np.zeros(100)).voiced.size == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.integers(1, 6000))
def test_any_signal_gives_finite_pitch_in_range(seed, gain, samples):
    found = pitch_of(gain * np.random.default_rng(seed).uniform(-1, 1, samples))
    assert np.isfinite(found.hz).all()
    inside = found.hz[found.voiced]
    assert ((inside >= MIN_PITCH_HZ * 0.97) & (inside <= MAX_PITCH_HZ * 1.1)).all()


def test_frames_are_centred_and_non_finite_samples_are_silence():
    samples = np.full(1600, 0.5, dtype=np.float32)
    samples[10] = np.nan
    samples[11] = np.inf
    frames = cut(samples, ANALYSIS_RATE_HZ)
    assert np.isfinite(frames.samples).all()
    assert frames.level_db[-1] < -100
