"""Where each emotion lies in arousal and valence.

After the circumplex model of affect (Russell 1980); the coordinates are our own reading of it, to one decimal, with
anxiety, shame and hopelessness placed as the clinical literature describes them: anxiety is aroused, hopelessness is
not, shame lies between.
"""

from dataclasses import dataclass

from voicecbt.emotion.domain import Distribution, Emotion


@dataclass(frozen=True, slots=True)
class Affect:
    """A point of the circumplex: `arousal` and `valence`, each -1 to 1."""

    arousal: float
    valence: float


AFFECT: dict[Emotion, Affect] = {
    Emotion.NEUTRAL: Affect(-0.1, 0.0),
    Emotion.CALM: Affect(-0.6, 0.5),
    Emotion.JOY: Affect(0.5, 0.8),
    Emotion.SADNESS: Affect(-0.4, -0.7),
    Emotion.ANGER: Affect(0.8, -0.6),
    Emotion.FEAR: Affect(0.7, -0.7),
    Emotion.ANXIETY: Affect(0.5, -0.6),
    Emotion.DISGUST: Affect(0.2, -0.7),
    Emotion.SURPRISE: Affect(0.6, 0.1),
    Emotion.SHAME: Affect(0.0, -0.7),
    Emotion.HOPELESSNESS: Affect(-0.6, -0.9),
}


def expected_affect(probabilities: Distribution) -> Affect:
    """The mean of the emotions' places, weighted by their probabilities."""
    pairs = list(zip(AFFECT.values(), probabilities.values, strict=True))
    return Affect(
        sum(place.arousal * share for place, share in pairs),
        sum(place.valence * share for place, share in pairs),
    )
