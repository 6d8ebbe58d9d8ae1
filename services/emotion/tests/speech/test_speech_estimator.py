"""Arousal from prosody, what it does not depend on, and what is no speech."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecbt.emotion.circumplex import Affect
from voicecbt.emotion.domain import Emotion, Method, Modality
from voicecbt.emotion.fusion import fuse
from voicecbt.emotion.speech.estimator import MIN_VOICED_SECONDS, SPEECH_WEIGHT, ProsodyEmotion, likely_emotions
from voicecbt.kit.audio import Samples, float_to_pcm16, pcm16_to_float

pytestmark = pytest.mark.unit
RATE_HZ = 16000
EXCITED = {"pitch_hz": 260.0, "movement_st": 6.0, "syllables_hz": 5.0, "harmonic_slope": 0.4}
SUBDUED = {"pitch_hz": 110.0, "movement_st": 1.0, "syllables_hz": 3.0, "harmonic_slope": 2.0}


def test_an_excited_voice_is_more_aroused_than_a_subdued_one(voice, prosody_emotion):
    excited, subdued = (prosody_emotion.estimate(voice(**how), RATE_HZ) for how in (EXCITED, SUBDUED))
    assert excited.arousal > 0.4
    assert subdued.arousal < -0.1
    assert excited.probabilities[Emotion.ANGER] > subdued.probabilities[Emotion.ANGER]
    assert subdued.probabilities[Emotion.SADNESS] > excited.probabilities[Emotion.SADNESS]


@pytest.mark.parametrize("decibels", [-20, -6, 6, 20])
@pytest.mark.parametrize("how", [EXCITED, SUBDUED])
def test_loudness_changes_nothing(voice, prosody_emotion, how, decibels):
    reference = 0.15 * voice(**how)
    changed = pcm16_to_float(float_to_pcm16(reference * 10 ** (decibels / 20)))
    before, after = (prosody_emotion.estimate(samples, RATE_HZ) for samples in (reference, changed))
    assert after.arousal == pytest.approx(before.arousal, abs=0.02)
    assert after.valence == pytest.approx(before.valence, abs=0.02)
    assert after.probabilities.values == pytest.approx(before.probabilities.values, abs=0.01)


def test_length_adds_trust_and_nothing_else(voice, prosody_emotion):
    short, long = (prosody_emotion.estimate(voice(seconds=seconds), RATE_HZ) for seconds in (1.5, 6))
    assert long.weight > short.weight
    assert long.arousal == pytest.approx(short.arousal, abs=0.1)


def test_prosody_alone_is_never_enough(voice, prosody_emotion):
    for how in (EXCITED, SUBDUED, {}):
        estimate = prosody_emotion.estimate(voice(seconds=20, **how), RATE_HZ)
        assert estimate.weight <= SPEECH_WEIGHT
        assert fuse([estimate]).abstained


def test_the_estimate_says_what_it_is(voice, prosody_emotion):
    estimate = prosody_emotion.estimate(voice(), RATE_HZ)
    assert (estimate.modality, estimate.model_version, estimate.method) == (
        Modality.SPEECH,
        "prosody-1",
        Method.HEURISTIC,
    )


def noise() -> Samples:
    return (0.1 * np.random.default_rng(3).standard_normal(3 * RATE_HZ)).astype(np.float32)


def rumble() -> Samples:
    brown = np.cumsum(np.random.default_rng(4).standard_normal(3 * RATE_HZ))
    return (0.3 * (brown - brown.mean()) / np.abs(brown).max()).astype(np.float32)


def hum() -> Samples:
    time_s = np.arange(3 * RATE_HZ) / RATE_HZ
    return (0.2 * np.sin(2 * np.pi * 100 * time_s)).astype(np.float32)


def chords() -> Samples:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    chord = [np.sin(2 * np.pi * hz * time_s) for hz in (220.0, 277.2, 329.6, 440.0)]
    return np.tile((0.1 * np.sum(chord, axis=0)).astype(np.float32), 3)


def clicks() -> Samples:
    samples = np.zeros(3 * RATE_HZ, dtype=np.float32)
    samples[:: RATE_HZ // 2] = 0.9
    return samples


@pytest.mark.parametrize("sound", [noise, rumble, hum, chords, clicks])
def test_what_is_no_voice_is_not_judged(prosody_emotion, sound):
    assert prosody_emotion.estimate(sound(), RATE_HZ) is None


@pytest.mark.parametrize("level", [0.0, 1.0, 1e-5])
def test_silence_is_not_judged(prosody_emotion, level):
    assert prosody_emotion.estimate(np.full(RATE_HZ, level, dtype=np.float32), RATE_HZ) is None


def test_dither_is_not_judged(prosody_emotion):
    dither = np.random.default_rng(5).integers(-1, 2, 3 * RATE_HZ) / 32768
    assert prosody_emotion.estimate(dither.astype(np.float32), RATE_HZ) is None


@pytest.mark.parametrize("seconds", [0.0001, 0.05, 0.2, MIN_VOICED_SECONDS - 0.02])
def test_a_snippet_is_not_judged(voice, prosody_emotion, seconds):
    assert prosody_emotion.estimate(voice(seconds=seconds), RATE_HZ) is None


def test_a_clipped_voice_is_judged_and_finite(voice, prosody_emotion):
    estimate = prosody_emotion.estimate(np.clip(20 * voice(), -1, 1), RATE_HZ)
    assert estimate is not None
    assert -1 <= estimate.arousal <= 1


@settings(max_examples=50, deadline=None)
@given(st.floats(-1, 1), st.floats(-0.3, 0.3))
def test_any_affect_gives_soft_probabilities(arousal, valence):
    values = likely_emotions(Affect(arousal, valence)).values
    assert math.isclose(sum(values), 1, abs_tol=1e-9)
    assert max(values) < 0.5


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=20_000).map(lambda pcm: pcm[: len(pcm) // 2 * 2]), st.sampled_from([8000, 16000, 44100]))
def test_any_bytes_give_a_valid_estimate_or_none(pcm, rate_hz):
    estimate = ProsodyEmotion().estimate(pcm16_to_float(pcm), rate_hz)
    if estimate is not None:
        assert -1 <= estimate.arousal <= 1
        assert 0 <= estimate.intensity <= 1
        assert 0 <= estimate.weight <= SPEECH_WEIGHT


def test_telephone_speech_is_judged_as_the_same_voice_at_full_band(voice, prosody_emotion):
    wide, narrow = (prosody_emotion.estimate(voice(rate_hz=rate_hz), rate_hz) for rate_hz in (48000, 8000))
    assert narrow.arousal == pytest.approx(wide.arousal, abs=0.1)


def test_a_voice_in_moderate_noise_is_still_judged(voice, prosody_emotion):
    samples = voice()
    noisy = samples + 0.003 * np.random.default_rng(6).standard_normal(samples.size).astype(np.float32)
    clean, disturbed = (prosody_emotion.estimate(signal, RATE_HZ) for signal in (samples, noisy))
    assert disturbed.arousal == pytest.approx(clean.arousal, abs=0.4)
