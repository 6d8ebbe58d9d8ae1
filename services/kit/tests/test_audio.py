"""Conversions keep the sound: round trips, clipping, and resampling without aliases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.kit.audio import float_to_pcm16, pcm16_to_float, resample

pytestmark = pytest.mark.unit


def tone(hz: float, rate: int) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(rate) / rate)).astype(np.float32)


@given(st.lists(st.integers(-32768, 32767), max_size=200))
def test_pcm16_survives_the_round_trip(values):
    pcm = np.array(values, dtype="<i2").tobytes()
    assert float_to_pcm16(pcm16_to_float(pcm)) == pcm


def test_what_is_too_loud_is_clipped_and_does_not_wrap():
    assert np.frombuffer(float_to_pcm16(np.array([2.0, -2.0], dtype=np.float32)), "<i2").tolist() == [32767, -32768]


def test_an_odd_number_of_bytes_is_refused():
    with pytest.raises(ValueError, match="buffer size"):
        pcm16_to_float(b"\0\0\0")


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
def test_resampling_keeps_pitch_and_level(rate):
    converted = resample(tone(440, rate), rate, 16000)
    assert abs(len(converted) - 16000) <= 1
    assert np.argmax(np.abs(np.fft.rfft(converted[:16000], 16000))) == 440
    assert abs(float(np.abs(converted[1000:-1000]).max()) - 0.5) < 0.01


def test_what_lies_above_the_new_range_does_not_fold_back():
    assert np.abs(resample(tone(15000, 48000), 48000, 16000)[500:-500]).max() < 0.005
