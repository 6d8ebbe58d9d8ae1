"""Words of listened audio: segment by segment through the shared queue, each judged before it is believed."""

import functools
from typing import Protocol

import numpy as np

from voicecbt.kit import metrics
from voicecbt.transcription.domain import Hypothesis, Listened, Samples, SpeechSpan, Transcript, Word, to_ms, to_samples
from voicecbt.transcription.plausibility import is_heard, without_repeats
from voicecbt.transcription.recognition_queue import Priority, RecognitionQueue
from voicecbt.transcription.segmentation import segments

# Of one segment, waiting for the recogniser included.
RECOGNITION_TIME = metrics.response_time_seconds.labels(endpoint="transcription.recognition")
MIN_VOICED_MS = 200  # shorter is a cough or a click; "no" is about 250 ms


class SpeechModel(Protocol):
    """A recognition model. Blocking; one call at a time."""

    def recognise(self, samples: Samples, language: str, *, words: bool = False, draft: bool = False) -> Hypothesis:
        """What is said in at most 30 s of 16 kHz samples; an empty language is detected. A draft is quick."""
        ...


class Recogniser:
    """Turns speech into a transcript, sharing one model among all callers."""

    def __init__(self, model: SpeechModel, queue: RecognitionQueue) -> None:
        self._model = model
        self._queue = queue

    @property
    def idle(self) -> bool:
        """Whether nothing is being recognised and nobody waits."""
        return self._queue.idle

    async def transcribe(
        self, heard: Listened, spans: list[SpeechSpan], language: str, priority: Priority, *, words: bool = False
    ) -> Transcript:
        """The words in `spans` of the audio; empty when they hold none. Raises ResourceExhausted."""
        spans = [span for span in spans if span.samples >= to_samples(MIN_VOICED_MS)]
        parts: list[tuple[SpeechSpan, Hypothesis]] = []
        for segment in segments(spans, heard.probabilities, heard.samples.size):
            audio = heard.samples[segment.start : segment.end]
            work = functools.partial(self._model.recognise, audio, language, words=words)
            with RECOGNITION_TIME.time():
                hypothesis = await self._queue.submit(priority, work)
            if is_heard(hypothesis):
                parts.append((segment, hypothesis))
        return _joined(parts)

    async def sketch(self, samples: Samples, language: str) -> str:
        """The words of the last 28 s so far, quickly and at the lowest priority; may be wrong."""
        hypothesis = await self._queue.submit(
            Priority.PARTIAL, lambda: self._model.recognise(samples, language, draft=True)
        )
        return without_repeats(hypothesis.text) if is_heard(hypothesis) else ""

    async def probe(self) -> None:
        """Run the model once on silence; returns when it works. Raises what the model raises."""
        silence = np.zeros(to_samples(1000), dtype=np.float32)
        await self._queue.submit(Priority.PROBE, lambda: self._model.recognise(silence, "en", draft=True))


def _joined(parts: list[tuple[SpeechSpan, Hypothesis]]) -> Transcript:
    if not parts:
        return Transcript()
    weights = np.array([segment.samples for segment, _ in parts], dtype=np.float64)
    longest = parts[int(weights.argmax())][1]
    return Transcript(
        text=" ".join(without_repeats(hypothesis.text) for _, hypothesis in parts),
        language=longest.language,
        language_probability=longest.language_probability,
        confidence=float(np.average([hypothesis.confidence for _, hypothesis in parts], weights=weights)),
        words=tuple(word for segment, hypothesis in parts for word in _placed(segment, hypothesis)),
    )


def _placed(segment: SpeechSpan, hypothesis: Hypothesis) -> list[Word]:
    offset = to_ms(segment.start)
    return [
        Word(word.text, word.start_ms + offset, word.end_ms + offset, word.probability) for word in hypothesis.words
    ]
