"""A conversation that answers by rule: what is said to it decides what happens."""

import asyncio
from collections.abc import AsyncIterator

from voicecbt.kit.errors import Aborted, Unavailable
from voicecbt.stubs.session.v1 import session_pb2, turn_pb2

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
CHUNK_BYTES = 19_200

# What to say to it.
FLOOD = "flood"  # Audio without end, as fast as it is taken.
SLOW = "slow"  # A turn that takes a while.
TAKE_OVER = "take over"
BREAK = "break"
HANG_UP = "hang up"
SLOW_SECONDS = 0.3


async def converse(
    session: session_pb2.Session, requests: AsyncIterator[session_pb2.ConverseRequest]
) -> AsyncIterator[session_pb2.ConverseResponse]:
    """`opened`, then a turn for each text; audio frames are answered with `speech_started`."""
    yield session_pb2.ConverseResponse(opened=session_pb2.Opened(session=session))
    async for request in requests:
        kind = request.WhichOneof("request")
        if kind == "audio":
            yield _heard(request.audio)
        if kind == "text" and request.text.text == HANG_UP:
            return
        if kind == "text":
            async for response in _turn(request.text):
                yield response


def _heard(frame: session_pb2.AudioFrame) -> session_pb2.ConverseResponse:
    response = session_pb2.ConverseResponse(sequence=frame.sequence)
    response.speech_started.offset_ms = len(frame.data)
    return response


async def _turn(text: session_pb2.TextInput) -> AsyncIterator[session_pb2.ConverseResponse]:
    if text.text == TAKE_OVER:
        raise Aborted("OPENED_ELSEWHERE", "the conversation was opened elsewhere")
    if text.text == BREAK:
        raise Unavailable("a part of the service is not answering")
    yield _of(text, turn_started=session_pb2.TurnStarted(traceparent=TRACEPARENT))
    while text.text == FLOOD:
        yield _of(text, reply_audio=session_pb2.ReplyAudio(data=bytes(CHUNK_BYTES), sample_rate_hz=24000))
    if text.text == SLOW:
        await asyncio.sleep(SLOW_SECONDS)
    yield _of(text, reply_delta=session_pb2.ReplyDelta(text=f"You said: {text.text}"))
    turn = turn_pb2.Turn(turn_id=text.turn_id, transcript=text.text)
    yield _of(text, turn_completed=session_pb2.TurnCompleted(turn=turn))


def _of(
    text: session_pb2.TextInput,
    turn_started: session_pb2.TurnStarted | None = None,
    reply_audio: session_pb2.ReplyAudio | None = None,
    reply_delta: session_pb2.ReplyDelta | None = None,
    turn_completed: session_pb2.TurnCompleted | None = None,
) -> session_pb2.ConverseResponse:
    return session_pb2.ConverseResponse(
        turn_id=text.turn_id,
        turn_started=turn_started,
        reply_audio=reply_audio,
        reply_delta=reply_delta,
        turn_completed=turn_completed,
    )
