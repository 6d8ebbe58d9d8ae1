"""The figures that are reported."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import numpy as np

Label = TypeVar("Label")


def f1_by_label(
    truths: Sequence[Collection[str]], guesses: Sequence[str], labels: Collection[str]
) -> Mapping[str, float]:
    """F1 of each label, where a text may have several true labels and gets one guess; 0 for one never guessed right."""
    scores = {}
    for label in labels:
        pairs = list(zip(truths, guesses, strict=True))
        right = sum(label in truth and guess == label for truth, guess in pairs)
        wrong = sum(guess == label and label not in truth for truth, guess in pairs)
        missed = sum(label in truth and guess != label for truth, guess in pairs)
        scores[label] = 2 * right / (2 * right + wrong + missed) if right else 0.0
    return scores


def unweighted_average_recall(truths: Sequence[Label], guesses: Sequence[Label]) -> float:
    """The mean of the recalls of the labels that occur. Raises ValueError when there is nothing to score."""
    if not truths:
        raise ValueError("nothing to score")
    recalls = []
    for label in dict.fromkeys(truths):
        hits = [guess == truth for truth, guess in zip(truths, guesses, strict=True) if truth == label]
        recalls.append(sum(hits) / len(hits))
    return sum(recalls) / len(recalls)


def correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Pearson's r; 0 when either does not vary."""
    if len(first) < 2 or np.std(first) == 0 or np.std(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
