"""Several modalities into one estimate: a weighted log-opinion pool with a background, and abstention.

The pool is the normalised product of each modality's probabilities raised to its weight and of the background raised to
what is left of 1 (Genest & Zidek 1986). So a modality that is missing or weak pulls the result towards the background
instead of handing its say to the others.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from voicecbt.emotion.domain import Distribution, Emotion, EmotionEstimate, Method, ModalityEstimate, Severity

# What is believed of an utterance before it is heard: neutral three times as likely as any other emotion.
BACKGROUND = Distribution.of({emotion: 3.0 if emotion is Emotion.NEUTRAL else 1.0 for emotion in Emotion})
# Below it the most probable emotion is more likely wrong by a wide margin: 0.09 is chance, 0.23 the background's top.
MIN_TOP_PROBABILITY = 0.32
# Keeps the logarithm finite where a modality gives an emotion no probability at all.
SMALLEST_PROBABILITY = 1e-6
# A secondary emotion must be worth mentioning, and not be dwarfed by the first.
MIN_SECONDARY_PROBABILITY = 0.12
MIN_SECONDARY_SHARE_OF_TOP = 0.3
MAX_SECONDARY = 3
# Intensities at which distress counts as moderate and as severe.
MODERATE_INTENSITY = 0.4
SEVERE_INTENSITY = 0.7
DISTRESSING = frozenset(Emotion) - {Emotion.NEUTRAL, Emotion.CALM, Emotion.JOY, Emotion.SURPRISE}


def fuse(estimates: Sequence[ModalityEstimate]) -> EmotionEstimate:
    """One estimate of what the modalities say; without any, the background, abstained."""
    shares = _within_one([estimate.weight for estimate in estimates])
    weighted = tuple(replace(each, weight=share) for each, share in zip(estimates, shares, strict=True))
    probabilities = pool(weighted)
    ranked = probabilities.ranked()
    top, top_probability = ranked[0]
    abstained = not any(shares) or top_probability < MIN_TOP_PROBABILITY
    primary = Emotion.NEUTRAL if abstained else top
    intensity = _average([each.intensity for each in weighted], shares)
    return EmotionEstimate(
        primary=primary,
        confidence=probabilities[primary],
        secondary=() if abstained else _secondary(ranked),
        probabilities=probabilities,
        intensity=intensity,
        arousal=_average([each.arousal for each in weighted], [each.arousal_weight for each in weighted]),
        valence=_average([each.valence for each in weighted], shares),
        severity=severity(primary, intensity),
        modalities=weighted,
        abstained=abstained,
        method=_method(weighted),
    )


def pool(estimates: Sequence[ModalityEstimate]) -> Distribution:
    """The log-opinion pool of estimates whose weights sum to at most 1."""
    remaining = 1 - math.fsum(each.weight for each in estimates)
    logs = {
        emotion: remaining * math.log(BACKGROUND[emotion]) + math.fsum(_say(each, emotion) for each in estimates)
        for emotion in Emotion
    }
    highest = max(logs.values())
    return Distribution.of({emotion: math.exp(value - highest) for emotion, value in logs.items()})


def _say(estimate: ModalityEstimate, emotion: Emotion) -> float:
    return estimate.weight * math.log(max(estimate.probabilities[emotion], SMALLEST_PROBABILITY))


def severity(primary: Emotion, intensity: float) -> Severity | None:
    """How strong the distress is; None for emotions that are none."""
    if primary not in DISTRESSING:
        return None
    if intensity >= SEVERE_INTENSITY:
        return Severity.SEVERE
    return Severity.MODERATE if intensity >= MODERATE_INTENSITY else Severity.MILD


def _secondary(ranked: Sequence[tuple[Emotion, float]]) -> tuple[tuple[Emotion, float], ...]:
    least = max(MIN_SECONDARY_PROBABILITY, ranked[0][1] * MIN_SECONDARY_SHARE_OF_TOP)
    return tuple((emotion, share) for emotion, share in ranked[1 : MAX_SECONDARY + 1] if share >= least)


def _within_one(weights: Sequence[float]) -> list[float]:
    excess = max(1.0, math.fsum(weights))
    return [weight / excess for weight in weights]


def _average(values: Sequence[float], weights: Sequence[float]) -> float:
    total = math.fsum(weights)
    if total <= 0:
        return 0.0
    return math.fsum(value * weight for value, weight in zip(values, weights, strict=True)) / total


def _method(estimates: Sequence[ModalityEstimate]) -> Method:
    """The weaker of the methods that had a part: a trained ear does not make word lists a trained model."""
    trained = bool(estimates) and all(each.method is Method.TRAINED for each in estimates)
    return Method.TRAINED if trained else Method.HEURISTIC
