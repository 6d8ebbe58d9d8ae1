"""One conversation, from `opened` to its end: a reader, the recogniser, the turns, and what watches over them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from voicecbt.kit.errors import Aborted, Unavailable
from voicecbt.session.clock import Clock
from voicecbt.session.conversation.frames import FrameOrder
from voicecbt.session.conversation.live import LiveConversation
from voicecbt.session.conversation.opening import recognition_config, refuse
from voicecbt.session.conversation.outgoing import Outgoing
from voicecbt.session.conversation.recognition import Recognition
from voicecbt.session.conversation.turns import Turns
from voicecbt.session.turn.utterance import Utterance
from voicecbt.stubs.session.v1 import session_pb2
from voicecbt.stubs.transcription.v1.transcription_pb2 import FinalTranscript

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 15.0
COME_BACK_AFTER = timedelta(seconds=1)  # By then the next replica has been told where to find us.


@dataclass(slots=True)
class Conversation:
    """Everything of it ends together: `run` returns or raises only when no task of it is left."""

    live: LiveConversation
    language: str
    turns: Turns
    recognition: Recognition
    outgoing: Outgoing
    clock: Clock
    draining: asyncio.Event
    client_silence_seconds: float
    # Called as often as the heartbeat; False when another conversation has the session.
    keep_alive: Callable[[], Awaitable[bool]]
    _frames: FrameOrder = field(default_factory=FrameOrder)

    async def run(self, requests: AsyncIterator[session_pb2.ConverseRequest]) -> None:
        """Until the client is done, or the session is ended. What was said before is still answered.

        Raises InvalidArgument for a broken protocol, Aborted when superseded or when nobody listens, and Unavailable
        when this replica goes away.
        """
        async with asyncio.TaskGroup() as watching:
            watches = (self._beat(), self._stay(), self._superseded(), self._unheard())
            watchers = [watching.create_task(watch) for watch in watches]
            async with asyncio.TaskGroup() as line:
                reading = line.create_task(self._read(requests))
                line.create_task(self._recognise())
                line.create_task(self.turns.run())
                ends = (self.draining, self.live.ended)
                watchers += [watching.create_task(_stop(reading, no_more)) for no_more in ends]
            for watcher in watchers:
                watcher.cancel()
        if self.draining.is_set() and not self.live.ended.is_set():
            raise Unavailable("this replica is going away; open the conversation again", COME_BACK_AFTER)

    async def _read(self, requests: AsyncIterator[session_pb2.ConverseRequest]) -> None:
        try:
            while (request := await self._next(requests)) is not None:
                await self._dispatch(request)
        finally:
            self.recognition.end()

    async def _recognise(self) -> None:
        await self.recognition.run()
        self.turns.end()

    async def _next(self, requests: AsyncIterator[session_pb2.ConverseRequest]) -> session_pb2.ConverseRequest | None:
        try:
            async with asyncio.timeout(self.client_silence_seconds):
                return await anext(requests, None)
        except TimeoutError:
            raise Aborted("CLIENT_SILENT", "nothing was heard for too long; open the conversation again") from None

    async def _dispatch(self, request: session_pb2.ConverseRequest) -> None:
        match request.WhichOneof("request"):
            case "audio":
                await self._hear(request.audio)
            case "text":
                await self._take_text(request.text)
            case "end_of_speech":
                await self.recognition.flush(_id(request.end_of_speech.turn_id))
            case "open":
                await refuse(self.outgoing, "open", "the conversation is open already")
            case _:
                await self._control(request)

    async def _control(self, request: session_pb2.ConverseRequest) -> None:
        match request.WhichOneof("request"):
            case "playback":
                await self.turns.acknowledge(request.playback)
            case "interrupt":
                await self.turns.interrupt(_id(request.interrupt.turn_id))
            case "set_patience":
                config = recognition_config(self.language, request.set_patience.patience)
                await self.recognition.reconfigure(config)
            case "heartbeat":
                pass  # That it came is all it says.
            case _:
                await refuse(self.outgoing, "request", "must hold one of the known requests")

    async def _hear(self, frame: session_pb2.AudioFrame) -> None:
        problem = self._frames.check(frame)
        if problem is not None and problem.fatal:
            await refuse(self.outgoing, problem.field, problem.message)
        if problem is not None:
            await self.outgoing.send(session_pb2.ProtocolError(field=problem.field, message=problem.message))
        if problem is None or problem.usable:
            await self.recognition.hear(frame.data)

    async def _take_text(self, typed: session_pb2.TextInput) -> None:
        transcript = FinalTranscript(text=typed.text, language=self.language, confidence=1.0)
        await self.turns.offer(Utterance(UUID(typed.turn_id), transcript, self.clock.monotonic()))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            await self.outgoing.send(session_pb2.ServerHeartbeat())

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if not await self.keep_alive():
                self.live.superseded.set()

    async def _superseded(self) -> None:
        await self.live.superseded.wait()
        raise Aborted("CONVERSATION_TAKEN_OVER", "a conversation that was opened later took the place of this one")

    async def _unheard(self) -> None:
        await self.outgoing.gone.wait()
        raise Aborted("CLIENT_GONE", "the client does not take what is sent")


async def _stop(reading: asyncio.Task[None], no_more: asyncio.Event) -> None:
    """Nothing new is taken in; what was said is answered, and then the conversation ends by itself."""
    await no_more.wait()
    reading.cancel()


def _id(text: str) -> UUID | None:
    return UUID(text) if text else None
