"""One live conversation: audio in, speech events and transcripts out. Timing counts samples, never the clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import soxr
from opentelemetry import trace
from opentelemetry.context import Context

from voicecbt.kit.audio import pcm16_to_float
from voicecbt.kit.telemetry import current_traceparent
from voicecbt.transcription.domain import SAMPLE_RATE_HZ, Samples, SpeechSpan, Transcript, to_samples
from voicecbt.transcription.live_events import Audio, Final, Flush, LiveEvent, LiveInput, Partial, StreamOptions
from voicecbt.transcription.recent_audio import Framer, RecentAudio
from voicecbt.transcription.recogniser import Recogniser
from voicecbt.transcription.recognition_queue import Priority
from voicecbt.transcription.segmentation import MAX_SEGMENT_SECONDS
from voicecbt.transcription.voice_activity import (
    SpeechProbability,
    SpeechStarted,
    SpeechStopped,
    VoiceActivity,
    VoiceActivityConfig,
)

MAX_UTTERANCE_SECONDS = 60  # bounds memory; nobody speaks this long without a pause of 0.7 s
PARTIAL_EVERY = to_samples(1000)  # more often would leave the recogniser no time for finals
# A pause this long is more often the end of the turn than not: recognition starts on it, and is thrown away if the
# person goes on. It hides the time that recognition takes in the silence that is waited for anyway.
SPECULATE_AFTER = to_samples(320)
MAX_UNANSWERED = 4  # utterances; then the stream is read no further until one is recognised
MAX_UNSENT = 64  # events

tracer = trace.get_tracer(__name__)


@dataclass(frozen=True, slots=True)
class _Ending:
    """An utterance that is over, in the order in which it is to be answered."""

    stopped: SpeechStopped
    decided_at_s: float
    transcript: asyncio.Task[Transcript] | None


@dataclass(frozen=True, slots=True)
class _Guess:
    """Recognition begun in a pause; good if the speech has still ended at `end`."""

    end: int
    transcript: asyncio.Task[Transcript]


class LiveStream:
    """Use `run` once, and read `events` until it ends."""

    def __init__(
        self,
        options: StreamOptions,
        recogniser: Recogniser,
        probability: SpeechProbability,
        executor: Executor,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._recogniser = recogniser
        self._probability = probability
        self._executor = executor
        self._clock = clock
        self._activity = VoiceActivity(VoiceActivityConfig(end_silence_ms=options.end_silence_ms))
        self._resampler = soxr.ResampleStream(options.sample_rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
        self._framer = Framer()
        self._audio = RecentAudio()
        self._guess: _Guess | None = None
        self._next_partial = 0
        self._partial: asyncio.Task[None] | None = None
        self._endings: asyncio.Queue[_Ending | None] = asyncio.Queue(MAX_UNANSWERED)
        self._events: asyncio.Queue[LiveEvent | None] = asyncio.Queue(MAX_UNSENT)

    async def run(self, inputs: AsyncIterator[LiveInput]) -> None:
        """Listen until `inputs` end, and answer all that was said. Raises ResourceExhausted and what `inputs` raise."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._answer())
                async for each in inputs:
                    await self._take(group, each)
                await self._hear(group, self._resampled(b"", last=True), last=True)
                await self._end_utterance(group, self._activity.stop())
                await self._endings.put(None)
        except BaseException:
            self._abandon_events()
            raise
        await self._events.put(None)

    async def events(self) -> AsyncIterator[LiveEvent]:
        """What was heard, as it becomes known; ends when `run` does."""
        while (event := await self._events.get()) is not None:
            yield event

    async def _take(self, group: asyncio.TaskGroup, each: LiveInput) -> None:
        match each:
            case Audio(pcm):
                await self._hear(group, self._resampled(pcm))
            case Flush():
                await self._flush(group)
            case StreamOptions():
                self._options = each
                self._activity.config = self._activity.config.with_end_silence(each.end_silence_ms)

    def _resampled(self, pcm: bytes, *, last: bool = False) -> Samples:
        resampled: Samples = self._resampler.resample_chunk(pcm16_to_float(pcm), last=last)
        return resampled

    async def _hear(self, group: asyncio.TaskGroup, samples: Samples, *, last: bool = False) -> None:
        frames = self._framer.frames(samples) + (self._framer.last() if last else [])
        if not frames:
            return
        loop = asyncio.get_running_loop()
        probabilities = await loop.run_in_executor(self._executor, self._judge, frames)
        for frame, probability in zip(frames, probabilities, strict=True):
            self._audio.append(frame, probability)
            await self._follow(group, self._activity.frame(probability))

    def _judge(self, frames: list[Samples]) -> list[float]:
        return [self._probability(frame) for frame in frames]

    async def _follow(self, group: asyncio.TaskGroup, event: SpeechStarted | SpeechStopped | None) -> None:
        if isinstance(event, SpeechStarted):
            self._next_partial = event.offset + PARTIAL_EVERY
            await self._events.put(event)
        elif isinstance(event, SpeechStopped):
            await self._end_utterance(group, event)
        elif (speech := self._activity.speech) is None:
            self._audio.keep_reach_back()
        elif speech.samples >= MAX_UTTERANCE_SECONDS * SAMPLE_RATE_HZ:
            await self._end_utterance(group, self._activity.stop())
        else:
            self._work_ahead(group, speech)

    def _work_ahead(self, group: asyncio.TaskGroup, speech: SpeechSpan) -> None:
        """Use an idle recogniser: in a pause for the transcript that may come, in speech for a partial one."""
        if not self._recogniser.idle:
            return
        pausing = self._activity.silence > 0
        if self._activity.silence >= SPECULATE_AFTER and not (self._guess and self._guess.end == speech.end):
            self._drop_guess()
            self._guess = _Guess(speech.end, self._recognise(group, speech))
        elif self._options.partials and not pausing and self._activity.position >= self._next_partial:
            # Never begun in a pause, where it would be in the way of the final one.
            self._next_partial = self._activity.position + PARTIAL_EVERY
            self._partial = group.create_task(self._sketch(speech))

    async def _sketch(self, speech: SpeechSpan) -> None:
        heard, _ = self._audio.listened(speech)
        latest = heard.samples[-MAX_SEGMENT_SECONDS * SAMPLE_RATE_HZ :]
        text = await self._recogniser.sketch(latest, self._options.language)
        if text:
            await self._events.put(Partial(text))

    def _recognise(self, group: asyncio.TaskGroup, speech: SpeechSpan) -> asyncio.Task[Transcript]:
        heard, span = self._audio.listened(speech)
        return group.create_task(self._recogniser.transcribe(heard, [span], self._options.language, Priority.FINAL))

    async def _flush(self, group: asyncio.TaskGroup) -> None:
        if self._activity.speech is not None:
            await self._end_utterance(group, self._activity.stop())
            return
        position = self._activity.position
        self._activity.stop()
        await self._endings.put(_Ending(SpeechStopped(position, position, position), self._clock(), None))

    async def _end_utterance(self, group: asyncio.TaskGroup, stopped: SpeechStopped | None) -> None:
        if stopped is None:
            return
        self._drop_partial()
        speech = SpeechSpan(stopped.start, stopped.offset)
        transcript = self._settled_guess(speech.end) or self._recognise(group, speech)
        self._audio.forget_before(stopped.offset)
        await self._events.put(stopped)
        await self._endings.put(_Ending(stopped, self._clock(), transcript))

    def _settled_guess(self, end: int) -> asyncio.Task[Transcript] | None:
        guess, self._guess = self._guess, None
        if guess is None or guess.end == end:
            return guess.transcript if guess else None
        guess.transcript.cancel()
        return None

    def _drop_guess(self) -> None:
        self._settled_guess(-1)

    def _drop_partial(self) -> None:
        if self._partial:
            self._partial.cancel()
            self._partial = None

    async def _answer(self) -> None:
        while (ending := await self._endings.get()) is not None:
            # A trace of its own, which the turn that follows continues: the stream's would hold a whole conversation.
            with tracer.start_as_current_span("utterance", Context(), record_exception=False):
                transcript = await ending.transcript if ending.transcript else Transcript()
                await self._events.put(self._final(ending, transcript))

    def _final(self, ending: _Ending, transcript: Transcript) -> Final:
        return Final(
            transcript=transcript,
            start=ending.stopped.start,
            end=ending.stopped.offset,
            recognition_ms=round((self._clock() - ending.decided_at_s) * 1000),
            endpoint_delay=ending.stopped.decided_at - ending.stopped.offset,
            traceparent=current_traceparent(),
        )

    def _abandon_events(self) -> None:
        # The reader may be gone, or is about to be told of the error: what it has not read makes room for the end.
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(None)
