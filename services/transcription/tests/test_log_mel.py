"""Whisper's spectrogram."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecbt.transcription.log_mel import HOP_SAMPLES, SAMPLE_RATE_HZ, log_mel, mel_filters, pad_frames

pytestmark = pytest.mark.unit


def tone(hz, seconds=1.0):
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ)).astype(np.float32)


def test_one_frame_for_every_ten_milliseconds():
    assert log_mel(tone(440)).shape == (80, 100)
    assert log_mel(tone(440), mel_bands=128).shape == (128, 100)


def test_a_tone_lies_in_its_band():
    bands = [int(log_mel(tone(hz)).mean(axis=1).argmax()) for hz in (200, 440, 1000, 3000, 7000)]
    assert bands == sorted(bands)
    centres = mel_filters(80).argmax(axis=1) * SAMPLE_RATE_HZ / 400
    assert centres[bands[2]] == pytest.approx(1000, abs=40)


def test_filters_are_those_of_openai():
    # From whisper/assets/mel_filters.npz: the first filter peaks at the 40 Hz bin, and every filter has unit area.
    filters = mel_filters(80)
    assert filters.shape == (80, 201)
    assert filters[0, 1] == pytest.approx(0.02486259, abs=1e-6)
    assert filters[0, 0] == 0


def test_loudness_only_shifts_the_scale():
    quiet, loud = log_mel(tone(440) * 0.1), log_mel(tone(440))
    np.testing.assert_allclose(loud - quiet, 0.5, atol=1e-3)


def test_padding_looks_like_digital_silence():
    padded = pad_frames(log_mel(tone(440)), 300)
    silence = np.zeros(2 * SAMPLE_RATE_HZ, np.float32)
    whole = log_mel(np.concatenate([tone(440), silence]))
    np.testing.assert_allclose(padded[:, 110:], whole[:, 110:], atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(250, 5000), st.floats(0, 1))
def test_values_stay_in_the_range_that_whisper_knows(size, loudness):
    noise = (np.random.default_rng(size).standard_normal(size) * loudness).astype(np.float32)
    mel = log_mel(noise)
    assert mel.shape[1] == -(-size // HOP_SAMPLES)
    assert np.isfinite(mel).all()
    assert mel.max() - mel.min() <= 2.0 + 1e-6
