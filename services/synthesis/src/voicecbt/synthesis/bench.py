"""How fast speech is made: `python -m voicecbt.synthesis.bench`."""

import asyncio
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import psutil

from voicecbt.models.store import ModelStore
from voicecbt.synthesis.speaking import Speaking
from voicecbt.synthesis.voices import DEFAULT_VOICE, SAMPLE_RATE_HZ, load_voices

BYTES_PER_SAMPLE = 2
SENTENCES = (
    "That sounds really hard.",
    "What went through your mind just then?",
    "It makes sense that your body reacts when a thought feels dangerous.",
    "That sounds really hard, and I am glad that you told me about it, because carrying it alone is heavy.",
    "Let us look at the evidence for that thought, and at the evidence against it, one step at a time.",
    "If you are in danger now, call 988, or text HOME to 741741.",
)


@dataclass(frozen=True, slots=True)
class SynthesisBench:
    """Times in milliseconds over all sentences; `real_time_factor` is work per second of audio."""

    sentences: int
    first_chunk_p50_ms: float
    first_chunk_max_ms: float
    real_time_factor: float
    resident_mb: float


async def measure(speaking: Speaking, sentences: tuple[str, ...] = SENTENCES) -> SynthesisBench:
    """Speak every sentence once, one after the other, after a warm-up."""
    await speaking.probe()
    firsts: list[float] = []
    work_s = audio_s = 0.0
    for sentence in sentences:
        started = time.perf_counter()
        first_s, pcm_bytes = 0.0, 0
        async for chunk in speaking.speak(sentence, speaking.voice(""), SAMPLE_RATE_HZ, 1.0):
            first_s = first_s or time.perf_counter() - started
            pcm_bytes += len(chunk)
        work_s += time.perf_counter() - started
        audio_s += pcm_bytes / BYTES_PER_SAMPLE / SAMPLE_RATE_HZ
        firsts.append(first_s * 1000)
    resident_mb = psutil.Process().memory_info().rss / 2**20
    return SynthesisBench(len(sentences), statistics.median(firsts), max(firsts), work_s / audio_s, resident_mb)


def main() -> None:
    """Print the figures as JSON."""
    voices = load_voices(ModelStore().path("hibari-tts"), threads=1)
    with ThreadPoolExecutor(max_workers=1) as executor:
        result = asyncio.run(measure(Speaking(voices, DEFAULT_VOICE, executor)))
    print(json.dumps({name: round(value, 3) for name, value in asdict(result).items()}, indent=2))


if __name__ == "__main__":
    main()
