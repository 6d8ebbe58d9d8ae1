"""Figures against labelled data: `python -m voicecbt.emotion.evaluate --speech INDEX --text DEV`.

Prints one JSON object. Data that is not there is said to be absent, and the exit status is 2.
"""

import argparse
import json
import sys
from pathlib import Path

from voicecbt.emotion.evaluation.speech import evaluate_speech, read_clips
from voicecbt.emotion.evaluation.text import evaluate_text, read_texts
from voicecbt.emotion.speech.estimator import ProsodyEmotion
from voicecbt.emotion.text.estimator import LexiconEmotion

DATA_ABSENT = 2


def main(arguments: list[str] | None = None) -> int:
    """Evaluates what was asked for. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="voicecbt.emotion.evaluate")
    parser.add_argument("--speech", type=Path, help="index.tsv of acted clips: file, corpus, speaker, emotion")
    parser.add_argument("--text", type=Path, help="a GoEmotions TSV, with labels.txt beside it")
    asked = parser.parse_args(arguments)
    if asked.speech is None and asked.text is None:
        parser.error("give --speech, --text or both")
    absent = _absent(asked.speech, asked.text)
    for path in absent:
        sys.stderr.write(f"{path} is absent: the data is no part of this project; the README says where it is from\n")
    if absent:
        return DATA_ABSENT
    sys.stdout.write(json.dumps(_figures(asked.speech, asked.text), indent=2, default=float) + "\n")
    return 0


def _absent(speech: Path | None, text: Path | None) -> list[Path]:
    needed = [speech, text, text.parent / "labels.txt" if text else None]
    return [path for path in needed if path is not None and not path.is_file()]


def _figures(speech: Path | None, text: Path | None) -> dict[str, object]:
    figures: dict[str, object] = {}
    if text is not None:
        figures["text"] = _rounded(evaluate_text(LexiconEmotion(), read_texts(text)))
    if speech is not None:
        by_group = evaluate_speech(ProsodyEmotion(), read_clips(speech))
        figures["speech"] = {name: _rounded(group) for name, group in by_group.items()}
    return figures


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in figures.items()}


if __name__ == "__main__":
    sys.exit(main())
