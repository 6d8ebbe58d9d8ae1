"""From the person's frames to utterances: feeds the recogniser and listens to it, through its failures."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from google.protobuf.duration_pb2 import Duration

from voicecbt.kit.errors import Unavailable
from voicecbt.session.clock import Clock
from voicecbt.session.conversation.audio_ring import AudioRing
from voicecbt.session.ports import PortFailed, Recogniser
from voicecbt.session.turn.listener import Listener
from voicecbt.session.turn.utterance import Utterance
from voicecbt.stubs.session.v1.session_pb2 import Degraded, TurnFailed
from voicecbt.stubs.transcription.v1.transcription_pb2 import (
    FinalTranscript,
    Flush,
    StreamConfig,
    StreamTranscribeRequest,
    StreamTranscribeResponse,
)

FRAMES_WAITING = 250  # 5 s of 20 ms frames: more than a hiccup, less than a person would wait for.
STALLED_SECONDS = 10.0
FLUSH_SECONDS = 30.0  # Recognition of the longest utterance on a busy machine.
REOPEN_AFTER = timedelta(seconds=1)


@dataclass(slots=True)
class Recognition:
    """One conversation's ears. The stream to the recogniser is opened by the first frame and again after a failure."""

    recogniser: Recogniser
    config: StreamConfig
    listener: Listener
    clock: Clock
    heard: Callable[[Utterance], Awaitable[None]]
    _requests: asyncio.Queue[StreamTranscribeRequest | None] = field(
        default_factory=lambda: asyncio.Queue(FRAMES_WAITING)
    )
    _ring: AudioRing = field(default_factory=AudioRing)
    # The turn ids of the `end_of_speech`es that wait for their transcript.
    _flushes: deque[UUID | None] = field(default_factory=deque)
    _speaking: bool = False
    _ended: bool = False
    _told_deaf: bool = False

    async def hear(self, pcm: bytes) -> None:
        """Takes a frame. Raises Unavailable when the recogniser has not taken any for 10 s."""
        await self._ask(StreamTranscribeRequest(audio=pcm))

    async def flush(self, turn_id: UUID | None) -> None:
        """The speaker is done: the next transcript is that turn's."""
        self._flushes.append(turn_id)
        await self._ask(StreamTranscribeRequest(flush=Flush()))

    async def reconfigure(self, config: StreamConfig) -> None:
        """Applies from now on."""
        self.config = config
        await self._ask(StreamTranscribeRequest(reconfigure=config))

    def end(self) -> None:
        """No more will come; what was said is still recognised. Never waits: a full line loses its oldest frame."""
        if self._requests.full():
            self._requests.get_nowait()
        self._requests.put_nowait(None)

    async def run(self) -> None:
        """Until `end`. A failed recogniser is tried again when there is something to hear."""
        while not self._ended and (first := await self._requests.get()) is not None:
            try:
                await self._listen(first)
            except (PortFailed, TimeoutError):
                await self._fail()

    async def _ask(self, request: StreamTranscribeRequest) -> None:
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await self._requests.put(request)
        except TimeoutError:
            raise Unavailable("speech recognition does not keep up; please try again", REOPEN_AFTER) from None

    async def _listen(self, first: StreamTranscribeRequest) -> None:
        self._ring.restart()
        async with asyncio.timeout(None) as limit, aclosing(self.recogniser.listen(self._feed(first, limit))) as events:
            async for event in events:
                self._told_deaf = False
                await self._take(event)
                if not self._flushes and not self._ended:
                    limit.reschedule(None)
        if not self._ended:
            raise PortFailed("transcription", "ENDED")

    async def _feed(
        self, first: StreamTranscribeRequest, limit: asyncio.Timeout
    ) -> AsyncGenerator[StreamTranscribeRequest, None]:
        yield StreamTranscribeRequest(config=self.config)
        request: StreamTranscribeRequest | None = first
        while request is not None:
            if request.HasField("flush"):
                limit.reschedule(asyncio.get_running_loop().time() + FLUSH_SECONDS)
            self._ring.append(request.audio)
            yield request
            request = await self._requests.get()
        self._ended = True
        limit.reschedule(asyncio.get_running_loop().time() + FLUSH_SECONDS)

    async def _take(self, response: StreamTranscribeResponse) -> None:
        match response.WhichOneof("event"):
            case "speech_started":
                self._speaking = True
                await self.listener.send(response.speech_started)
            case "speech_stopped":
                await self.listener.send(response.speech_stopped)
            case "partial":
                await self.listener.send(response.partial)
            case "final":
                await self._finish(response.final)

    async def _finish(self, final: FinalTranscript) -> None:
        """An utterance is over. Silence is no turn, unless the person said that they had spoken."""
        self._speaking = False
        asked = bool(self._flushes)
        turn_id = (self._flushes.popleft() if asked else None) or uuid4()
        if final.text.strip():
            recognised_after = (final.endpoint_delay_ms + final.recognition_ms) / 1000
            ended_at = self.clock.monotonic() - recognised_after
            audio = self._ring.cut(final.start_ms, final.end_ms)
            await self.heard(Utterance(turn_id, final, ended_at, audio))
        elif asked:
            message = "I could not hear anything; please try again."
            await self.listener.send(TurnFailed(reason="nothing_heard", message=message, retryable=True), str(turn_id))

    async def _fail(self) -> None:
        """Says which turns are lost, or once that nothing is heard for now, and lets the recogniser recover."""
        lost = [turn_id or uuid4() for turn_id in self._flushes] or ([uuid4()] if self._speaking else [])
        self._flushes.clear()
        self._speaking = False
        if lost:
            self._forget_waiting()
        for turn_id in lost:
            await self.listener.send(_unavailable(), str(turn_id))
        if not lost and not self._told_deaf:
            message = "I cannot hear at the moment; you can type instead."
            await self.listener.send(Degraded(stage="recognition", message=message))
        self._told_deaf = True
        await asyncio.sleep(REOPEN_AFTER.total_seconds())

    def _forget_waiting(self) -> None:
        """What waits is the rest of what was lost: to the next stream it would be an utterance of its own."""
        while not self._requests.empty():
            self._ended |= self._requests.get_nowait() is None


def _unavailable() -> TurnFailed:
    retry_after = Duration()
    retry_after.FromTimedelta(REOPEN_AFTER)
    message = "I could not make that out because a part of me is not answering; please say it again."
    return TurnFailed(reason="recognition_unavailable", message=message, retryable=True, retry_after=retry_after)
