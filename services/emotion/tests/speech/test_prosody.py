"""Prosody of voices whose prosody is known."""

import numpy as np
import pytest

from voicecbt.emotion.speech.prosody import measure

pytestmark = pytest.mark.unit
RATE_HZ = 16000


def test_pitch_is_measured_in_semitones_over_100_hz(voice):
    assert measure(voice(pitch_hz=100), RATE_HZ).pitch_median_st == pytest.approx(0, abs=0.6)
    assert measure(voice(pitch_hz=200), RATE_HZ).pitch_median_st == pytest.approx(12, abs=0.6)


def test_more_movement_has_a_wider_range(voice):
    narrow, wide = (measure(voice(movement_st=st), RATE_HZ) for st in (1, 5))
    assert narrow.pitch_range_st == pytest.approx(2, abs=0.5)
    assert wide.pitch_range_st == pytest.approx(10, abs=2)
    assert wide.pitch_movement_st_per_s > 3 * narrow.pitch_movement_st_per_s


@pytest.mark.parametrize("slope", [-4.0, 0.0, 4.0])
def test_the_pitch_slope_is_found(voice, slope):
    found = measure(voice(movement_st=0.3, glide_st_per_s=slope), RATE_HZ)
    assert found.pitch_slope_st_per_s == pytest.approx(slope, abs=0.4)


@pytest.mark.parametrize("syllables_hz", [3.0, 4.0, 6.0])
def test_syllables_are_counted(voice, syllables_hz):
    found = measure(voice(syllables_hz=syllables_hz), RATE_HZ)
    assert found.syllable_rate_hz == pytest.approx(syllables_hz, rel=0.2)


def test_a_pressed_voice_has_a_flatter_spectrum(voice):
    soft, pressed = (measure(voice(harmonic_slope=slope), RATE_HZ).alpha_ratio_db for slope in (2.0, 0.5))
    assert pressed > soft + 10


def test_pauses_are_told_from_speech(voice):
    spoken = voice(seconds=1)
    silence = np.zeros(RATE_HZ, dtype=np.float32)
    assert measure(np.concatenate([spoken, silence, spoken]), RATE_HZ).pause_share == pytest.approx(0.33, abs=0.08)
    assert measure(spoken, RATE_HZ).pause_share < 0.1


def test_silence_around_speech_changes_nothing(voice):
    spoken = voice(seconds=2)
    silence = np.zeros(RATE_HZ, dtype=np.float32)
    bare = measure(spoken, RATE_HZ)
    framed = measure(np.concatenate([silence, spoken, silence]), RATE_HZ)
    assert framed.pitch_median_st == pytest.approx(bare.pitch_median_st, abs=0.5)
    assert framed.alpha_ratio_db == pytest.approx(bare.alpha_ratio_db, abs=0.5)
    assert framed.pause_share < 0.1


def test_a_falling_level_has_a_falling_slope(voice):
    samples = voice()
    fading = samples * np.linspace(1, 0.1, samples.size, dtype=np.float32)
    assert measure(fading, RATE_HZ).level_slope_db_per_s < measure(samples, RATE_HZ).level_slope_db_per_s - 3


def test_twenty_decibels_change_the_level_only(voice):
    quiet, loud = (measure(gain * voice(), RATE_HZ) for gain in (0.1, 1.0))
    assert loud.level_mean_dbfs - quiet.level_mean_dbfs == pytest.approx(20, abs=0.01)
    for name in ("pitch_median_st", "pitch_range_st", "alpha_ratio_db", "level_range_db", "voiced_share"):
        assert getattr(loud, name) == pytest.approx(getattr(quiet, name), abs=0.01), name


def test_twice_as_long_is_the_same_voice(voice):
    short, long = (measure(voice(seconds=seconds), RATE_HZ) for seconds in (3, 6))
    assert long.alpha_ratio_db == pytest.approx(short.alpha_ratio_db, abs=0.3)
    assert long.syllable_rate_hz == pytest.approx(short.syllable_rate_hz, rel=0.1)
    assert long.pitch_movement_st_per_s == pytest.approx(short.pitch_movement_st_per_s, rel=0.15)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000, 48000])
def test_the_sample_rate_does_not_matter(voice, rate_hz):
    found, reference = measure(voice(rate_hz=rate_hz), rate_hz), measure(voice(), RATE_HZ)
    assert found.pitch_median_st == pytest.approx(reference.pitch_median_st, abs=0.2)
    assert found.alpha_ratio_db == pytest.approx(reference.alpha_ratio_db, abs=1.0)


@pytest.mark.parametrize("samples", [0, 1, 2, 100, 639])
def test_less_than_a_frame_has_no_prosody(samples):
    assert measure(np.full(samples, 0.1, dtype=np.float32), RATE_HZ) is None


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, np.nan])
def test_a_constant_has_no_prosody(value):
    assert measure(np.full(RATE_HZ, value, dtype=np.float32), RATE_HZ) is None


def test_a_short_gap_is_speech_and_a_long_one_a_pause(voice):
    spoken = voice(seconds=1)
    short, long = (
        measure(np.concatenate([spoken, np.zeros(int(seconds * RATE_HZ), dtype=np.float32), spoken]), RATE_HZ)
        for seconds in (0.1, 0.5)
    )
    assert short.pause_share == 0
    assert long.pause_share > 0.15


def test_an_offset_changes_nothing(voice):
    samples = voice()
    assert measure(samples + np.float32(0.2), RATE_HZ).alpha_ratio_db == pytest.approx(
        measure(samples, RATE_HZ).alpha_ratio_db, abs=0.01
    )
