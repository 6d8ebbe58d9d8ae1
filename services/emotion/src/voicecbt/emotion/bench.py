"""How long an utterance takes, and what the process weighs: `python -m voicecbt.emotion.bench`."""

import argparse
import json
import time

import numpy as np
import psutil

from voicecbt.emotion.detection import EmotionDetector, Utterance
from voicecbt.emotion.speech.estimator import ProsodyEmotion
from voicecbt.emotion.text.estimator import LexiconEmotion
from voicecbt.kit.audio import float_to_pcm16

TEXT = (
    "I have been really anxious about work this week, my heart is racing at night and I can't stop thinking about"
    " what my manager will say, although yesterday was not too bad and I felt a bit calmer after the walk."
)


def voice_like(seconds: float, sample_rate_hz: int) -> bytes:
    """Syllables of a harmonic tone with moving pitch, as PCM16: what the prosody code works hardest on."""
    time_s = np.arange(int(seconds * sample_rate_hz)) / sample_rate_hz
    phase = 2 * np.pi * np.cumsum(180 + 40 * np.sin(2 * np.pi * 0.7 * time_s)) / sample_rate_hz
    harmonics = np.sum([np.sin(number * phase) / number for number in range(1, 8)], axis=0)
    syllables = 0.05 + np.sin(np.pi * 4 * time_s) ** 2
    return float_to_pcm16((0.2 * harmonics * syllables).astype(np.float32))


def measure(detector: EmotionDetector, utterance: Utterance, rounds: int) -> dict[str, float]:
    """Milliseconds of `detect`, one call after another in one thread: on the clock, and of the processor."""
    for _ in range(3):
        detector.detect(utterance)
    times_ms, busy_ms = [], []
    for _ in range(rounds):
        started, began = time.perf_counter(), time.thread_time()
        detector.detect(utterance)
        times_ms.append(1000 * (time.perf_counter() - started))
        busy_ms.append(1000 * (time.thread_time() - began))
    return {
        **{f"p{share}_ms": round(float(np.percentile(times_ms, share)), 1) for share in (50, 95)},
        # What it costs by itself, whatever else the machine does.
        "cpu_p50_ms": round(float(np.median(busy_ms)), 1),
    }


def main() -> None:
    """Prints one JSON object: p50 and p95 by kind of input, and resident memory."""
    parser = argparse.ArgumentParser(prog="voicecbt.emotion.bench")
    parser.add_argument("--rounds", type=int, default=100, help="calls measured for each kind of input")
    rounds = parser.parse_args().rounds
    detector = EmotionDetector(LexiconEmotion(), ProsodyEmotion())
    inputs = {
        "5 s at 16 kHz, and text": Utterance(voice_like(5, 16000), 16000, TEXT, "en"),
        "5 s at 48 kHz": Utterance(voice_like(5, 48000), 48000, "", ""),
        "60 s at 16 kHz": Utterance(voice_like(60, 16000), 16000, "", ""),
        "text of 200 letters": Utterance(b"", 16000, TEXT, "en"),
        "text of 10,000 letters": Utterance(b"", 16000, (TEXT * 50)[:10_000], "en"),
    }
    figures = {name: measure(detector, utterance, rounds) for name, utterance in inputs.items()}
    resident_mb = round(psutil.Process().memory_info().rss / 1e6)
    print(json.dumps({"rounds": rounds, "latency": figures, "resident_mb": resident_mb}, indent=2))


if __name__ == "__main__":
    main()
