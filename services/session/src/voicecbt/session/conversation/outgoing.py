"""What the server sends, in order and numbered, with a bound on how far a slow client may fall behind."""

import asyncio
from collections.abc import AsyncGenerator

from voicecbt.session.turn.listener import Event
from voicecbt.stubs.session.v1 import session_pb2, turn_pb2
from voicecbt.stubs.transcription.v1 import transcription_pb2

MAX_WAITING = 256  # 50 s of 200 ms audio chunks.
SLOW_CLIENT_SECONDS = 10.0  # Without taking a single event: the client is gone, and its socket does not know yet.


class Outgoing:
    """The queue between everything that has something to say and the one stream that carries it."""

    def __init__(self, slow_client_seconds: float = SLOW_CLIENT_SECONDS) -> None:
        self._queue: asyncio.Queue[tuple[Event, str] | None] = asyncio.Queue(MAX_WAITING)
        self._slow_client_seconds = slow_client_seconds
        # Set when nobody listens any more.
        self.gone = asyncio.Event()

    async def send(self, event: Event, turn_id: str = "") -> None:
        """Queues the event; waits while the client is slow, and gives it up when it is too slow."""
        await self._put((event, turn_id))

    async def finish(self) -> None:
        """Ends the stream once everything queued has been taken."""
        await self._put(None)

    def close(self) -> None:
        """Nobody listens any more: what is queued is dropped, and whoever waits to send goes on."""
        self.gone.set()
        while not self._queue.empty():
            self._queue.get_nowait()

    async def responses(self) -> AsyncGenerator[session_pb2.ConverseResponse, None]:
        """The numbered events, until finished or closed. One reader only."""
        sequence = 0
        while (waiting := await self._next()) is not None:
            yield to_response(sequence, *waiting)
            sequence += 1

    async def _put(self, item: tuple[Event, str] | None) -> None:
        if self.gone.is_set():
            return
        try:
            async with asyncio.timeout(self._slow_client_seconds):
                await self._queue.put(item)
        except TimeoutError:
            self.close()

    async def _next(self) -> tuple[Event, str] | None:
        if self.gone.is_set():
            return None
        return await self._queue.get()


_FIELDS: dict[type[Event], str] = {
    session_pb2.Opened: "opened",
    transcription_pb2.SpeechStarted: "speech_started",
    transcription_pb2.SpeechStopped: "speech_stopped",
    transcription_pb2.PartialTranscript: "partial_transcript",
    session_pb2.TurnStarted: "turn_started",
    transcription_pb2.FinalTranscript: "final_transcript",
    turn_pb2.EmotionDetected: "emotion",
    session_pb2.SafetyNotice: "safety",
    session_pb2.ReplyDelta: "reply_delta",
    session_pb2.ReplyAudio: "reply_audio",
    session_pb2.TurnCompleted: "turn_completed",
    session_pb2.TurnFailed: "turn_failed",
    session_pb2.Degraded: "degraded",
    session_pb2.ProtocolError: "error",
    session_pb2.ServerHeartbeat: "heartbeat",
}


def to_response(sequence: int, event: Event, turn_id: str) -> session_pb2.ConverseResponse:
    """The event in its envelope."""
    response = session_pb2.ConverseResponse(sequence=sequence, turn_id=turn_id)
    field = getattr(response, _FIELDS[type(event)])
    field.CopyFrom(event)
    field.SetInParent()  # An event without content, such as a heartbeat, must still say which it is.
    return response
