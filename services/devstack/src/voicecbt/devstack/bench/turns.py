"""Spoken turns in real time: stage timings, and end of speech to first reply audio."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import numpy as np
from hibari import SAMPLE_RATE, Hibari  # type: ignore[import-untyped]

from voicecbt.devstack.bench.report import Report
from voicecbt.devstack.talk.conversation import converse, start_session
from voicecbt.devstack.talk.recording import SAMPLE_RATE_HZ, read_recording
from voicecbt.kit.audio import Samples, float_to_pcm16, resample
from voicecbt.stubs.session.v1 import session_pb2

SENTENCES = (
    "I feel anxious because I have too much work to do.",
    "I could not sleep again last night.",
    "My manager criticised my report in front of everyone.",
    "I keep thinking that my friends do not really like me.",
    "I had a good walk in the park today.",
    "Every time the phone rings my heart starts racing.",
    "I put things off until it is too late.",
    "I got angry with my sister and now I feel guilty.",
    "Nothing I do seems to be good enough.",
    "I am worried about the exam next week.",
    "I miss my grandmother very much.",
    "I felt lonely at the party yesterday.",
    "It is hard to get out of bed in the morning.",
    "I am afraid of speaking in the meeting.",
    "I think I will fail and lose my job.",
    "I tried the breathing exercise and it helped a little.",
    "My thoughts go round and round at night.",
    "I feel ashamed of what I said.",
    "Maybe I should talk to my partner about it.",
    "Could we practise the thought record again?",
)
SILENCE_SECONDS = 1.2  # Longer than the pause that ends a turn, so that the platform itself decides when.
LONG_CLIP_SECONDS = 30
REPEATS = 5
BUDGETS = {
    "first_audio_ms": "700 / 1200",
    "emotion_ms": "500 from the transcript",
    "retrieval_ms": "60 from the transcript",
}


def measure_turns(address: str, token: str, clips: Sequence[Path], report: Report) -> None:
    """One turn a clip, each in real time; without clips, twenty sentences spoken by our own voice."""
    stages: dict[str, list[float]] = defaultdict(list)
    unanswered = 0
    for samples in _recordings(clips):
        silence = np.zeros(int(SILENCE_SECONDS * SAMPLE_RATE_HZ), dtype=np.float32)
        heard = np.concatenate([samples, silence])
        outcome = asyncio.run(converse(address, token, start_session(address, token), heard, _ignore))
        unanswered += not outcome.completed
        for completed in outcome.completed:
            timings = completed.turn.timings_ms
            for descriptor, value in timings.ListFields():
                stages[descriptor.name].append(float(value))
            for name in ("emotion_ms", "safety_ms", "retrieval_ms", "first_text_ms", "first_audio_ms"):
                if timings.HasField(name):
                    stages[f"{name} after transcript"].append(getattr(timings, name) - timings.transcript_ms)
    for name, values in stages.items():
        report.add(f"turn: {name}", "ms", values, BUDGETS.get(name, ""))
    report.notes["turns without an answer"] = str(unanswered)


def measure_transcription(address: str, token: str, report: Report) -> None:
    """A 30 s recording, transcribed at once over REST."""
    spoken = np.concatenate(list(_recordings([])))
    clip = float_to_pcm16(np.resize(spoken, LONG_CLIP_SECONDS * SAMPLE_RATE_HZ))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "bench"}
    taken = []
    with httpx.Client(base_url=address, timeout=120, headers=headers) as client:
        for _ in range(REPEATS):
            response = client.post("/api/v1/transcriptions", content=_wav(clip), headers={"content-type": "audio/wav"})
            response.raise_for_status()
            taken.append(response.elapsed.total_seconds() * 1000)
    report.add("30 s clip transcribed", "ms", taken, "2000")


def _recordings(clips: Sequence[Path]) -> Iterator[Samples]:
    if clips:
        yield from (read_recording(clip) for clip in clips)
        return
    voice = Hibari()
    yield from (resample(voice(sentence, seed=1), SAMPLE_RATE, SAMPLE_RATE_HZ) for sentence in SENTENCES)


def _wav(pcm: bytes) -> bytes:
    header = b"RIFF" + (36 + len(pcm)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    header += (1).to_bytes(2, "little") * 2 + SAMPLE_RATE_HZ.to_bytes(4, "little")
    header += (2 * SAMPLE_RATE_HZ).to_bytes(4, "little") + (2).to_bytes(2, "little") + (16).to_bytes(2, "little")
    return header + b"data" + len(pcm).to_bytes(4, "little") + pcm


def _ignore(message: session_pb2.ConverseResponse) -> None:
    """The bench reads the timings of the finished turn only."""
