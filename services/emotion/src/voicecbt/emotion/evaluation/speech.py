"""Prosody against acted corpora, by halves of their speakers."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from voicecbt.emotion.circumplex import AFFECT
from voicecbt.emotion.domain import Emotion, ModalityEstimate
from voicecbt.emotion.evaluation.scores import correlation, unweighted_average_recall
from voicecbt.emotion.ports import SpeechEmotion

# Boredom has no label of ours and is left out.
EMOTION_OF_LABEL = {
    "angry": Emotion.ANGER,
    "calm": Emotion.CALM,
    "disgust": Emotion.DISGUST,
    "fearful": Emotion.FEAR,
    "happy": Emotion.JOY,
    "neutral": Emotion.NEUTRAL,
    "sad": Emotion.SADNESS,
    "surprised": Emotion.SURPRISE,
}


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording by a speaker who acted an emotion."""

    path: Path
    corpus: str
    speaker: str
    emotion: Emotion

    @property
    def half(self) -> str:
        """`tuned`: constants were chosen on these speakers. `held_out`: on none of these."""
        return "tuned" if int(self.speaker.rpartition("-")[2]) % 4 in {0, 1} else "held_out"


def read_clips(index: Path) -> list[Clip]:
    """The clips of an index.tsv (columns file, corpus, speaker, emotion), whose paths are relative to it."""
    with index.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [
        Clip(index.parent / row["file"], row["corpus"], row["speaker"], EMOTION_OF_LABEL[row["emotion"]])
        for row in rows
        if row["emotion"] in EMOTION_OF_LABEL
    ]


def evaluate_speech(estimator: SpeechEmotion, clips: Iterable[Clip]) -> dict[str, dict[str, float]]:
    """Figures for every corpus and half of its speakers."""
    groups: dict[str, list[tuple[Clip, ModalityEstimate | None]]] = {}
    for clip in clips:
        groups.setdefault(f"{clip.corpus} {clip.half}", []).append((clip, _estimate(estimator, clip.path)))
    return {name: _figures(group) for name, group in sorted(groups.items())}


def _estimate(estimator: SpeechEmotion, path: Path) -> ModalityEstimate | None:
    samples, sample_rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return estimator.estimate(samples.mean(axis=1, dtype=np.float32), sample_rate_hz)


def _figures(group: list[tuple[Clip, ModalityEstimate | None]]) -> dict[str, float]:
    heard = [(clip.emotion, estimate) for clip, estimate in group if estimate is not None]
    acted = list(dict.fromkeys(clip.emotion for clip, _ in group))
    # Among the emotions that the corpus has: it cannot be right about the others.
    guesses = [max(acted, key=lambda emotion: estimate.probabilities[emotion]) for _, estimate in heard]
    truths = [emotion for emotion, _ in heard]
    return {
        "clips": len(group),
        "abstained": len(group) - len(heard),
        "emotions": len(acted),
        "uar": unweighted_average_recall(truths, guesses),
        "chance": 1 / len(acted),
        "arousal_r": correlation([each.arousal for _, each in heard], [AFFECT[emotion].arousal for emotion in truths]),
        "valence_r": correlation([each.valence for _, each in heard], [AFFECT[emotion].valence for emotion in truths]),
    }
