"""Emotions, distributions over them, and estimates; no I/O, no gRPC."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

# How far from 1 a sum of 11 float64 may be before it is a mistake rather than rounding.
SUM_TOLERANCE = 1e-6


class Emotion(StrEnum):
    """The platform's emotion set."""

    NEUTRAL = "neutral"
    CALM = "calm"
    JOY = "joy"
    SADNESS = "sadness"
    ANGER = "anger"
    FEAR = "fear"
    ANXIETY = "anxiety"
    DISGUST = "disgust"
    SURPRISE = "surprise"
    SHAME = "shame"
    HOPELESSNESS = "hopelessness"


class Severity(StrEnum):
    """How strong a distressing emotion is."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class Modality(StrEnum):
    """What an estimate was made from."""

    SPEECH = "speech"
    TEXT = "text"


class Method(StrEnum):
    """How an estimate was made: by rules, or by a model with a card and published figures."""

    HEURISTIC = "heuristic"
    TRAINED = "trained"


@dataclass(frozen=True, slots=True)
class Distribution:
    """Probabilities of all emotions, in the order of `Emotion`; each in [0, 1], summing to 1."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.values) != len(Emotion) or not all(0 <= value <= 1 for value in self.values):
            raise ValueError(f"needs {len(Emotion)} probabilities between 0 and 1")
        if abs(sum(self.values) - 1) > SUM_TOLERANCE:
            raise ValueError("probabilities must sum to 1")

    @classmethod
    def of(cls, masses: Mapping[Emotion, float]) -> Self:
        """From non-negative finite masses; emotions left out have none. Raises ValueError when all are zero."""
        total = sum(masses.values())
        if not 0 < total < math.inf:
            raise ValueError("the masses must be finite and not all zero")
        return cls(tuple(masses.get(emotion, 0.0) / total for emotion in Emotion))

    def __getitem__(self, emotion: Emotion) -> float:
        return self.values[_POSITION[emotion]]

    def ranked(self) -> list[tuple[Emotion, float]]:
        """Most probable first; ties in the order of `Emotion`."""
        return sorted(zip(Emotion, self.values, strict=True), key=lambda pair: -pair[1])


_POSITION = {emotion: position for position, emotion in enumerate(Emotion)}


@dataclass(frozen=True, slots=True)
class ModalityEstimate:
    """What one modality says on its own.

    `weight` (0 to 1) is how much of the fused estimate it claims: its reliability in general times the quality of this
    input. `arousal_weight` (0 to 1) is the same for arousal, which speech tells far better than words do. `intensity`
    is 0 to 1, `arousal` and `valence` -1 to 1.
    """

    modality: Modality
    probabilities: Distribution
    weight: float
    arousal: float
    arousal_weight: float
    valence: float
    intensity: float
    model_version: str
    method: Method


@dataclass(frozen=True, slots=True)
class EmotionEstimate:
    """The fused estimate.

    `confidence` is the probability of `primary`. When `abstained`, `primary` is NEUTRAL, `secondary` is empty and there
    is no `severity`; the probabilities still hold the little that is known. `modalities` carry the weights that they
    had in the pool.
    """

    primary: Emotion
    confidence: float
    secondary: tuple[tuple[Emotion, float], ...]
    probabilities: Distribution
    intensity: float
    arousal: float
    valence: float
    severity: Severity | None
    modalities: tuple[ModalityEstimate, ...]
    abstained: bool
    method: Method
