"""The lexicon against GoEmotions (Demszky et al. 2020), on its Ekman grouping."""

from dataclasses import dataclass
from pathlib import Path

from voicecbt.emotion.domain import Emotion
from voicecbt.emotion.evaluation.scores import f1_by_label
from voicecbt.emotion.ports import TextEmotion

# The grouping of the GoEmotions paper.
EKMAN_GROUPS = {
    "anger": "anger annoyance disapproval",
    "disgust": "disgust",
    "fear": "fear nervousness",
    "joy": "joy amusement approval excitement gratitude love optimism relief pride admiration desire caring",
    "sadness": "sadness disappointment embarrassment grief remorse",
    "surprise": "surprise realization confusion curiosity",
    "neutral": "neutral",
}
GROUP_OF_LABEL = {label: group for group, labels in EKMAN_GROUPS.items() for label in labels.split()}
GROUP_OF_EMOTION = {
    **{emotion: emotion.value for emotion in Emotion if emotion.value in EKMAN_GROUPS},
    Emotion.CALM: "joy",
    Emotion.ANXIETY: "fear",
    Emotion.SHAME: "sadness",
    Emotion.HOPELESSNESS: "sadness",
}


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and the Ekman groups of its labels."""

    text: str
    groups: frozenset[str]


def read_texts(dev: Path) -> list[LabelledText]:
    """A GoEmotions TSV (text, comma-separated label numbers, id) with `labels.txt` beside it."""
    names = (dev.parent / "labels.txt").read_text(encoding="utf-8").split()
    rows = [line.split("\t") for line in dev.read_text(encoding="utf-8").splitlines() if line]
    return [
        LabelledText(text, frozenset(GROUP_OF_LABEL[names[int(number)]] for number in numbers.split(",")))
        for text, numbers, _ in rows
    ]


def guess(estimator: TextEmotion, text: str) -> str:
    """The Ekman group of the most probable emotion; neutral where the estimator abstains."""
    estimate = estimator.estimate(text, "en")
    return "neutral" if estimate is None else GROUP_OF_EMOTION[estimate.probabilities.ranked()[0][0]]


def evaluate_text(estimator: TextEmotion, texts: list[LabelledText]) -> dict[str, float]:
    """Macro-F1, F1 by group, and how often the estimator had something to say."""
    guesses = [guess(estimator, each.text) for each in texts]
    by_group = f1_by_label([each.groups for each in texts], guesses, EKMAN_GROUPS)
    spoke = sum(estimator.estimate(each.text, "en") is not None for each in texts)
    return {
        "texts": len(texts),
        "macro_f1": sum(by_group.values()) / len(by_group),
        "coverage": spoke / len(texts),
        **{f"f1_{group}": score for group, score in by_group.items()},
    }
