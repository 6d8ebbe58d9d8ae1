"""Arousal, and a very soft guess at the emotion, from prosody: a rough hint, said to be one.

The constants below were chosen on half of the speakers of two acted corpora and rounded; the README reports the other
half. Prosody tells how aroused somebody is much better than what they feel, hence the low weight.
"""

import math

from voicecbt.emotion.circumplex import AFFECT, Affect
from voicecbt.emotion.domain import Distribution, Emotion, Method, Modality, ModalityEstimate
from voicecbt.emotion.speech.prosody import Prosody, measure
from voicecbt.kit.audio import Samples

MODEL_VERSION = "prosody-1"
# Under it, statistics are noise.
MIN_VOICED_SECONDS = 0.3
# A voice moves in pitch and swells and fades; a hum, a siren or a held chord does not.
MIN_PITCH_MOVEMENT_ST_PER_S = 1.0
MIN_LEVEL_RANGE_DB = 6.0
# Noise has periodic moments, speech periodic syllables: this share of speech is voiced in any language.
MIN_VOICED_SHARE = 0.25
# What prosody can claim of the fused estimate with enough speech, and of its arousal.
SPEECH_WEIGHT = 0.2
AROUSAL_WEIGHT = 0.6
# Voiced speech at which quality reaches two thirds. It weighs what was measured and says nothing of the emotion.
QUALITY_SECONDS = 0.6
# Arousal of ordinary acted speech, and what one standard deviation of each measure adds.
AROUSAL_AT_NORM = 0.2
EFFORT_AROUSAL = 0.22
MOVEMENT_AROUSAL = 0.13
PITCH_AROUSAL = 0.07
VOICED_VALENCE = 0.12
# Population norms: mean and standard deviation.
ALPHA_RATIO_DB = (-8.0, 6.3)
PITCH_MOVEMENT_ST_PER_S = (16.2, 7.3)
# Over men and women together: without a person's own baseline a high voice cannot be told from a raised one, so pitch
# counts least.
PITCH_MEDIAN_ST = (12.8, 6.3)
VOICED_SHARE = (0.77, 0.1)
# Standard deviations are cut there: a measure that is further off is more likely wrong.
MAX_DEVIATION = 2.5
# How far an emotion's place may be from what was measured; valence hardly counts.
AROUSAL_SPREAD = 0.45
VALENCE_SPREAD = 1.0
# Distance from neutral arousal at which intensity is 1.
FULL_INTENSITY_AROUSAL = 0.9


class ProsodyEmotion:
    """Implements SpeechEmotion for any language. Silence, noise, steady tones and snippets give None."""

    def estimate(self, samples: Samples, sample_rate_hz: int) -> ModalityEstimate | None:
        """See SpeechEmotion."""
        prosody = measure(samples, sample_rate_hz)
        if prosody is None or not is_speech(prosody):
            return None
        affect = affect_of(prosody)
        quality = 1 - math.exp(-prosody.voiced_seconds / QUALITY_SECONDS)
        from_neutral = abs(affect.arousal - AFFECT[Emotion.NEUTRAL].arousal)
        return ModalityEstimate(
            modality=Modality.SPEECH,
            probabilities=likely_emotions(affect),
            weight=SPEECH_WEIGHT * quality,
            arousal=affect.arousal,
            arousal_weight=AROUSAL_WEIGHT * quality,
            valence=affect.valence,
            intensity=min(1.0, from_neutral / FULL_INTENSITY_AROUSAL),
            model_version=MODEL_VERSION,
            method=Method.HEURISTIC,
        )


def is_speech(prosody: Prosody) -> bool:
    """Whether it is enough, and enough like a voice, to be judged. Singing passes for speech."""
    return (
        prosody.voiced_seconds >= MIN_VOICED_SECONDS
        and prosody.voiced_share >= MIN_VOICED_SHARE
        and prosody.level_range_db >= MIN_LEVEL_RANGE_DB
        and prosody.pitch_movement_st_per_s >= MIN_PITCH_MOVEMENT_ST_PER_S
    )


def affect_of(prosody: Prosody) -> Affect:
    """Arousal, and a trace of valence, against population norms."""
    arousal = (
        AROUSAL_AT_NORM
        + EFFORT_AROUSAL * _deviation(prosody.alpha_ratio_db, ALPHA_RATIO_DB)
        + MOVEMENT_AROUSAL * _deviation(prosody.pitch_movement_st_per_s, PITCH_MOVEMENT_ST_PER_S)
        + PITCH_AROUSAL * _deviation(prosody.pitch_median_st, PITCH_MEDIAN_ST)
    )
    valence = VOICED_VALENCE * _deviation(prosody.voiced_share, VOICED_SHARE)
    return Affect(max(-1.0, min(1.0, arousal)), valence)


def likely_emotions(affect: Affect) -> Distribution:
    """Each emotion by how near its place on the circumplex is."""
    return Distribution.of(
        {
            emotion: math.exp(
                -0.5 * ((affect.arousal - place.arousal) / AROUSAL_SPREAD) ** 2
                - 0.5 * ((affect.valence - place.valence) / VALENCE_SPREAD) ** 2
            )
            for emotion, place in AFFECT.items()
        }
    )


def _deviation(value: float, norm: tuple[float, float]) -> float:
    mean, deviation = norm
    return max(-MAX_DEVIATION, min(MAX_DEVIATION, (value - mean) / deviation))
