"""How well and how fast speech is recognised: `python -m voicecbt.transcription.bench CLIP_DIR`.

CLIP_DIR holds audio files and an `index.tsv` with the columns `file` and `text` (the words spoken). Prints JSON.
"""

import argparse
import csv
import json
import math
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil

from voicecbt.models.store import ModelStore
from voicecbt.transcription.audio import decode
from voicecbt.transcription.domain import SAMPLE_RATE_HZ, Samples
from voicecbt.transcription.plausibility import is_heard, without_repeats
from voicecbt.transcription.segmentation import segments
from voicecbt.transcription.silero import SileroModel
from voicecbt.transcription.voice_activity import VoiceActivityConfig, frame_probabilities, speech_spans
from voicecbt.transcription.whisper import WhisperModel

LONG_CLIP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class TranscriptionBench:
    """`seconds_*` are per clip, voice activity included; `long_clip_seconds` is for 30 s of speech."""

    clips: int
    word_error_rate: float
    seconds_p50: float
    seconds_p95: float
    long_clip_seconds: float
    resident_mb: float


class Bench:
    """Recognises clips as the service does, without gRPC."""

    def __init__(self, store: ModelStore, threads: int = 2) -> None:
        self._whisper = WhisperModel(store.path("whisper-base"), threads)
        self._silero = SileroModel(store.path("silero-vad") / "silero_vad.onnx")

    def transcribe(self, samples: Samples) -> str:
        """The words in 16 kHz samples."""
        probabilities = frame_probabilities(samples, self._silero.stream())
        spans = speech_spans(probabilities, VoiceActivityConfig())
        pieces = (samples[each.start : each.end] for each in segments(spans, probabilities, samples.size))
        hypotheses = (self._whisper.recognise(piece, "en") for piece in pieces)
        return " ".join(without_repeats(each.text) for each in hypotheses if is_heard(each))

    def timed(self, samples: Samples) -> tuple[str, float]:
        """The words, and the seconds that they took."""
        started = time.perf_counter()
        text = self.transcribe(samples)
        return text, time.perf_counter() - started


def measure(folder: Path, limit: int, bench: Bench) -> TranscriptionBench:
    """Recognise up to `limit` clips of the folder, spread over its index. Raises FileNotFoundError."""
    clips = [(decode(file.read_bytes()).samples, words) for file, words in _index(folder, limit)]
    bench.transcribe(clips[0][0])  # the first run allocates
    results = [bench.timed(samples) for samples, _ in clips]
    seconds = sorted(taken for _, taken in results)
    errors = sum(edits(plain(words), plain(text)) for (_, words), (text, _) in zip(clips, results, strict=True))
    long_clip = np.resize(np.concatenate([samples for samples, _ in clips]), LONG_CLIP_SECONDS * SAMPLE_RATE_HZ)
    return TranscriptionBench(
        clips=len(clips),
        word_error_rate=errors / sum(len(plain(words)) for _, words in clips),
        seconds_p50=statistics.median(seconds),
        seconds_p95=seconds[math.ceil(0.95 * len(seconds)) - 1],
        long_clip_seconds=bench.timed(long_clip)[1],
        resident_mb=psutil.Process().memory_info().rss / 2**20,
    )


def plain(text: str) -> list[str]:
    """The words, without case and punctuation."""
    kept = (letter if letter.isalnum() or letter == "'" else " " for letter in text.lower())
    return "".join(kept).split()


def edits(spoken: list[str], heard: list[str]) -> int:
    """The least number of words to change, add or drop to get from one to the other (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(spoken, 1):
        above, row[0] = row[0], number
        for column, other in enumerate(heard, 1):
            above, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, above + (word != other))
    return row[-1]


def _index(folder: Path, limit: int) -> Iterator[tuple[Path, str]]:
    with (folder / "index.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row in rows[:: -(-len(rows) // limit)]:
        yield folder / row["file"], row["text"]


def main() -> None:
    """Measure the clips of a folder and print the figures."""
    parser = argparse.ArgumentParser(prog="voicecbt.transcription.bench", description=__doc__)
    parser.add_argument("clips", type=Path, metavar="CLIP_DIR", help="folder with index.tsv and audio files")
    parser.add_argument("--limit", type=int, default=20, help="at most so many clips (20)")
    arguments = parser.parse_args()
    if not (arguments.clips / "index.tsv").is_file():
        parser.error(f"{arguments.clips} has no index.tsv; it lists the clips with the columns file and text")
    result = measure(arguments.clips, arguments.limit, Bench(ModelStore()))
    print(json.dumps({name: round(value, 3) for name, value in asdict(result).items()}, indent=2))


if __name__ == "__main__":
    main()
